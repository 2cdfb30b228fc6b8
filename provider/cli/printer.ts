/** Where a command writes: plain text for whoever reads it, and what only a terminal is given. */
import { styleText } from "node:util";
import { fewLines } from "../mcs/printable";

export interface Printer {
  /** One or more lines to standard output. What a terminal would obey is taken out. */
  readonly out: (text: string) => void;
  /** Likewise to standard error: progress, questions. */
  readonly err: (text: string) => void;
}

export type Style = "red" | "yellow" | "green" | "dim" | "bold";

export interface Screen extends Printer {
  /** Columns of the terminal; undefined where it is none: then nothing is cut or wrapped. */
  readonly width?: number;
  /** The text in a colour, where colours are wanted; without anything that a terminal would obey. */
  readonly paint: (style: Style, text: string) => string;
  /** As `out`, and the colours of `paint` stay. */
  readonly show: (text: string) => void;
  /** Empties the screen of a terminal; elsewhere nothing. */
  readonly clear: () => void;
}

/** Narrower than this nothing can be read in columns. */
const WIDTH_MIN = 60;

/** Colours by the rules of Node: on a terminal, unless NO_COLOR is set; FORCE_COLOR asks for them elsewhere. */
export function processScreen(): Screen {
  const { stdout, stderr } = process;
  return {
    out: (text) => void stdout.write(`${fewLines(text, Infinity)}\n`),
    err: (text) => void stderr.write(`${fewLines(text, Infinity)}\n`),
    ...(stdout.isTTY && { width: Math.max(WIDTH_MIN, stdout.columns || 80) }),
    paint: (style, text) => styleText(style, fewLines(text, Infinity), { stream: stdout }),
    show: (text) => void stdout.write(`${withoutCommands(text)}\n`),
    clear: () => void (stdout.isTTY && stdout.write("\u001b[2J\u001b[H")),
  };
}

/** Of what a terminal obeys only colours are left. */
function withoutCommands(text: string): string {
  return text
    .split(COLOUR)
    .map((part, at) => (at % 2 === 1 ? part : fewLines(part, Infinity)))
    .join("");
}

const COLOUR = /(\u001b\[\d{1,3}m)/;
