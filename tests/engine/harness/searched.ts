// A stack that looks for credentials after each operation: in what the engine said, and in every file that it left in its folder.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { held } from "../../support/evidence.js";
import { assertNoSecrets } from "../../support/secret-search.js";
import type { ExportedState, OperationResult, StackDriver } from "./stack-driver.js";

/** Fails an operation that leaks, whatever it came to: state, its history and backups, config, logs, errors, output of engine and plugin. */
export function searched(stack: StackDriver, stateDir: string): StackDriver {
  const known = new Map<string, number>();

  const after = (operation: string, result: OperationResult): OperationResult => {
    assertNoSecrets(`what ${operation} said`, JSON.stringify(result));
    const files = changedFiles(stateDir, known);
    for (const file of files) assertNoSecrets(`${file} after ${operation}`, readFileSync(join(stateDir, file), "utf8"));
    held({ area: "secrets", what: "searched after every operation: all it said", on: stack.kind });
    held({
      area: "secrets",
      what: "searched after every operation: files of state, history, backups and config",
      on: stack.kind,
      times: files.length,
    });
    return result;
  };

  const watching: Partial<StackDriver> = {
    preview: async (options) => after("preview", await stack.preview(options)),
    up: async (options) => after("up", await stack.up(options)),
    refresh: async (options) => after("refresh", await stack.refresh(options)),
    destroy: async () => after("destroy", await stack.destroy()),
    async exportState(...how): Promise<ExportedState> {
      const state = await stack.exportState(...how);
      const [inClear] = how as readonly unknown[];
      if (inClear !== true) assertNoSecrets("the exported state", JSON.stringify(state));
      return state;
    },
  };
  return new Proxy(stack, {
    get(target, key: keyof StackDriver) {
      const own = watching[key] ?? target[key];
      return typeof own === "function" ? own.bind(target) : own;
    },
  });
}

/** Relative to the folder; those that are new or were written since the last look. Programs and caches of the CLI are not the stack's. */
function changedFiles(root: string, known: Map<string, number>): readonly string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => {
    const stat = statSync(join(root, file), { throwIfNoEntry: false });
    if (!stat?.isFile() || stat.size > MOST_BYTES || known.get(file) === stat.mtimeMs) return false;
    known.set(file, stat.mtimeMs);
    return true;
  });
}

/** State files are far below; what is beyond is a binary. */
const MOST_BYTES = 20_000_000;
