/** A command of the command line where there is no terminal: what it says, and how it ends. */
import assert from "node:assert/strict";
import type { Screen } from "../../provider/cli/printer";

export interface Said {
  /** Exit code; NaN where none was set. */
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RecordedScreen {
  /** Grows while the command runs. */
  readonly said: Said;
  readonly screen: Screen;
  readonly exit: (code: number) => void;
}

/** @param width in columns; default: not known */
export function recordedScreen(width?: number): RecordedScreen {
  const said = { code: NaN, out: "", err: "" };
  const screen: Screen = {
    out: (text) => void (said.out += `${text}\n`),
    err: (text) => void (said.err += `${text}\n`),
    show: (text) => void (said.out += `${text}\n`),
    paint: (_, text) => text,
    clear: () => assert.fail("there is no terminal"),
    ...(width !== undefined && { width }),
  };
  return { said, screen, exit: (code) => void (said.code = code) };
}
