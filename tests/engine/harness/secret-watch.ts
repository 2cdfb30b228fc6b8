// Looks for credentials after each operation of a stack: in what the CLI said, and in every file that it left in the stack's folder.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { held } from "../../support/evidence.js";
import { assertNoSecrets } from "../../support/secret-search.js";

export class SecretWatch {
  private readonly known = new Map<string, number>();

  /** @param folder holds all that the stack leaves behind */
  constructor(private readonly folder: string) {}

  /** Returns `said`. @throws an Error that says where a credential leaked, whatever the operation came to. */
  after<T>(operation: string, said: T): T {
    assertNoSecrets(`what ${operation} said`, JSON.stringify(said));
    const files = this.changedFiles();
    for (const file of files)
      assertNoSecrets(`${file} after ${operation}`, readFileSync(join(this.folder, file), "utf8"));
    held({ area: "secrets", what: "searched after every operation: all it said", on: "pulumi" });
    held({
      area: "secrets",
      what: "searched after every operation: files of state, history, backups and config",
      on: "pulumi",
      times: files.length,
    });
    return said;
  }

  /** Relative to the folder; those that are new or were written since the last look. */
  private changedFiles(): readonly string[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder, { recursive: true, encoding: "utf8" }).filter((file) => {
      const stat = statSync(join(this.folder, file), { throwIfNoEntry: false });
      if (!stat?.isFile() || stat.size > mostBytes || this.known.get(file) === stat.mtimeMs) return false;
      this.known.set(file, stat.mtimeMs);
      return true;
    });
  }
}

/** State files are far below; what is beyond is a binary. */
const mostBytes = 20_000_000;
