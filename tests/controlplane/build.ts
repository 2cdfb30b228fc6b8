/** Builds the multi-call binary of main.go. Needs Go and, the first time, the module proxy. */
import { spawn } from "node:child_process";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { inPath, multiCall } from "./binaries";
import type { Source } from "./find";
import { reporting } from "./progress";
import { versions } from "./versions";

const keptLines = 15;

export const buildWithGo: Source = {
  what: "build it with Go",
  async fill(folder, progress, env) {
    const go = inPath("go", env["PATH"] ?? "");
    if (go === undefined) throw new Error("there is no `go` on PATH");
    await reporting(progress, "building the control plane with Go (about 5 minutes, once)…", async (detail) => {
      await run([go, ...buildArguments(path.join(folder, multiCall))], env, detail);
    });
  },
};

function buildArguments(output: string): string[] {
  const [, major = "", minor = ""] = /^v(\d+)\.(\d+)/.exec(versions().kubernetes) ?? [];
  // Without these the API server calls itself v0.0.0, and a version check has nothing to check.
  const stamp = Object.entries({ gitVersion: versions().kubernetes, gitMajor: major, gitMinor: minor });
  const flags = stamp.map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ["build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", `-s -w ${flags.join(" ")}`, "-o", output, "."];
}

/** A `go.work` above the checkout, GOFLAGS or a missing C compiler are no business of this build. */
function run(command: readonly string[], env: NodeJS.ProcessEnv, detail: (now: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command[0] ?? "", command.slice(1), {
      cwd: __dirname,
      env: { ...env, CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const tail: string[] = [];
    let packages = 0;
    createInterface({ input: child.stderr }).on("line", (line) => {
      // `-v` prints one import path a compiled package; everything else is worth keeping for a failure.
      if (/^[\w./~-]+$/.test(line)) detail(`${(packages += 1)} packages compiled`);
      else tail.push(line);
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`go build ended with code ${code}\n${tail.slice(-keptLines).join("\n")}`));
    });
  });
}
