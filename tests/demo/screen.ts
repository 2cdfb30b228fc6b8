/** What the person at the demo sees: numbered headings, lines, tables, and signs of life while something takes its time. */
import Table from "cli-table3";
import { styleText } from "node:util";
import { elapsed } from "../parts/progress";

export interface Screen {
  /** The next step, numbered from 1. */
  heading(text: string): void;
  line(text?: string): void;
  /** A table without rows says so in words. */
  table(head: readonly string[], rows: readonly (readonly string[])[]): void;
  /** Says `text` at once, that it still works whenever nothing else was said for 2 s, and at the end how long it took. */
  during<T>(text: string, work: () => Promise<T>): Promise<T>;
  /** @throws an Error with what was expected and what is, when `holds` is false */
  check(expected: string, holds: boolean, found: string): void;
}

const indent = "  ";
const quietMs = 2000;

export function screenOn(stream: NodeJS.WriteStream): Screen {
  let step = 0;
  let spoken = Date.now();
  const styled = (style: Parameters<typeof styleText>[0], text: string) =>
    stream.isTTY ? styleText(style, text, { stream }) : text;

  function line(text = ""): void {
    spoken = Date.now();
    stream.write(`${text.replace(/^(?=.)/gm, indent)}\n`);
  }

  return {
    line,
    heading(text) {
      step += 1;
      spoken = Date.now();
      stream.write(`\n${styled(["bold", "cyan"], `=== ${step}. ${text}`)}\n`);
    },
    table(head, rows) {
      const table = new Table({ head: [...head], style: { head: [], border: [] } });
      for (const row of rows) table.push([...row]);
      line(rows.length === 0 ? "(none)" : table.toString());
    },
    async during(text, work) {
      const began = Date.now();
      line(`${text}…`);
      const timer = setInterval(() => {
        if (Date.now() - spoken >= quietMs) line(styled("dim", `… ${text}: ${elapsed(Date.now() - began)}`));
      }, 500);
      try {
        const result = await work();
        line(styled("dim", `${text}: done in ${elapsed(Date.now() - began)}`));
        return result;
      } finally {
        clearInterval(timer);
      }
    },
    check(expected, holds, found) {
      if (!holds) throw new Error(`expected: ${expected}\n${indent}found: ${found}`);
      line(`${styled("green", "✔")} ${expected}`);
    },
  };
}
