/**
 * The words of a Corefile with their places, read as CoreDNS itself reads them (github.com/coredns/caddy, caddyfile/lexer.go): what is changed is
 * cut into the text as it stands, so that comments, order and spacing of others stay.
 */

export interface Token {
  /** Without quotes. */
  readonly text: string;
  /** Index of its first character in the Corefile, an opening quote included. */
  readonly start: number;
  /** Index behind its last character, a closing quote included. */
  readonly end: number;
  /** On which it begins, from 1. */
  readonly line: number;
}

/** Why a Corefile, or what is wanted of it, is left alone: words that follow "the Corefile". */
export interface Refused {
  readonly refused: string;
}

/** Go's unicode.IsSpace. */
const SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const BYTE_ORDER_MARK = "\ufeff";

export function tokensOf(corefile: string): readonly Token[] | Refused {
  const tokens: Token[] = [];
  let line = 1;
  let at = corefile.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  while (at < corefile.length) {
    const token = corefile[at] === '"' ? quoted(corefile, at, line) : word(corefile, at, line);
    if ("refused" in token) return token;
    if (token.end > token.start) tokens.push(token);
    line += corefile.slice(at, token.next).split("\n").length - 1;
    at = token.next;
  }
  return tokens;
}

interface Read extends Token {
  /** From where to read on. */
  readonly next: number;
}

/** Up to white space. A "#" begins a comment, in the middle of a word, too: then up to white space, and else to the end of the line. */
function word(corefile: string, from: number, line: number): Read {
  let text = "";
  let end = from;
  let comment = false;
  for (let at = from; ; at += 1) {
    const character = corefile[at];
    if (character === undefined) return { text, start: from, end, line, next: at };
    if (SPACE.test(character)) {
      if (character === "\r") continue;
      if (text !== "" || character === "\n" || !comment) return { text, start: from, end, line, next: at + 1 };
    } else if (character === "#") comment = true;
    else if (!comment) {
      text += character;
      end = at + 1;
    }
  }
}

/** A backslash escapes a quote and nothing else. */
function quoted(corefile: string, from: number, line: number): Read | Refused {
  const [whole, inside = ""] = /^"((?:[^"\\]|\\[^])*)"/.exec(corefile.slice(from)) ?? [];
  if (whole === undefined) return { refused: `has a quote in line ${line} that does not end` };
  const end = from + whole.length;
  return { text: inside.replaceAll('\\"', '"'), start: from, end, line, next: end };
}
