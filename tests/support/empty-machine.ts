/** An environment in which nothing is installed and nothing cached, with a folder of its own. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

export interface Machine {
  readonly folder: string;
  /** Its PATH has one folder, its cache is `<folder>/cache`. */
  readonly env: NodeJS.ProcessEnv;
  /** Installs a shell script, on PATH where `name` is no absolute path; by default it does nothing. Returns its path. */
  script(name: string, text?: string): string;
  remove(): void;
}

export function emptyMachine(): Machine {
  const folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-machine-"));
  const bin = path.join(folder, "bin");
  return {
    folder,
    env: { PATH: bin, XDG_CACHE_HOME: path.join(folder, "cache") },
    script(name, text = "exit 0") {
      const file = path.resolve(bin, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, `#!/bin/sh\n${text}\n`);
      chmodSync(file, 0o755);
      return file;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
