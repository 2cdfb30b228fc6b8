/**
 * Text that came from a cluster, fit to be shown: the one place that decides what may reach a terminal, a log, a condition or a state.
 * A cluster may be compromised, and an API server stores nearly any text.
 */

/** Characters of one message: longer than any of ours, short enough that none fills a screen. */
export const LINE_MAX = 2_000;
/** Characters of an error of several lines. */
export const PAGE_MAX = 20_000;

/**
 * C0 and C1 controls (ANSI escapes begin with one of them), invisible and bidirectional formatting, separators of lines, and halves of
 * surrogate pairs.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;
const UNPRINTABLE_BUT_NEWLINE = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** One line of at most `max` characters, without anything that a terminal would obey or hide. */
export function oneLine(text: string, max = LINE_MAX): string {
  // Cut before it is searched: the text may be megabytes.
  const clean = text.slice(0, max + 1).replace(UNPRINTABLE, " ");
  return text.length > max ? `${clean.slice(0, max - 1).replace(/\p{Cs}$/u, "")}…` : clean;
}

/** As `oneLine`, but its own line breaks stay: for messages whose lines were made by `oneLine`, and for tables. */
export function fewLines(text: string, max = PAGE_MAX): string {
  const clean = text.slice(0, max).replace(UNPRINTABLE_BUT_NEWLINE, " ");
  return text.length > max ? `${clean}…` : clean;
}

/**
 * JSON in which nothing is left that a terminal would obey: what JSON itself does not escape, escaped.
 * @param indent spaces; 0 for one line
 */
export function printableJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, null, indent).replace(UNPRINTABLE_BUT_NEWLINE, escape);
}

function escape(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
  ).join("");
}
