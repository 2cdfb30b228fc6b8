/**
 * A Corefile as CoreDNS groups it (github.com/coredns/caddy, caddyfile/parse.go): server blocks, in them plugins, in some of these options. What a
 * person may write and this does not follow is refused with the reason, and never guessed.
 */
import { tokensOf, type Refused, type Token } from "./corefile-tokens";

export interface ServerBlock {
  /** Zones and ports that it answers on, e.g. `.:53`; as they are written, without the comma of a list. */
  readonly keys: readonly Token[];
  readonly plugins: readonly PluginLine[];
}

export interface PluginLine {
  readonly name: Token;
  /** On its own line, before an opening brace. */
  readonly args: readonly Token[];
  /** Absent where it has no braces. */
  readonly body?: PluginBody;
}

export interface PluginBody {
  readonly open: Token;
  readonly close: Token;
  /** Each line of it, in words; braces in it are words as any other. */
  readonly lines: readonly (readonly Token[])[];
}

export interface Corefile {
  readonly text: string;
  /** Without snippets. */
  readonly blocks: readonly ServerBlock[];
  /** What is imported beside the blocks: files that stand elsewhere and may hold blocks of their own. */
  readonly imports: readonly string[];
}

export function parseCorefile(text: string): Corefile | Refused {
  const tokens = tokensOf(text);
  if ("refused" in tokens) return tokens;
  const blocks: ServerBlock[] = [];
  const imports: string[] = [];
  let at = 0;
  while (at < tokens.length) {
    const { text: first, line } = tokens[at]!;
    if (first === "import") {
      const words = lineFrom(tokens, at);
      imports.push(
        words
          .slice(1)
          .map(({ text: word }) => word)
          .join(" "),
      );
      at += words.length;
      continue;
    }
    const open = tokens.findIndex((token, index) => index >= at && token.text === "{");
    const keys = tokens.slice(at, open === -1 ? undefined : open);
    if (open === -1 || !areKeys(keys, tokens[open]!)) {
      return { refused: `has a server block in line ${line} that is not written as "zones {"` };
    }
    const close = closing(tokens, open);
    if (close === undefined) return { refused: `has braces in line ${tokens[open]!.line} that do not end` };
    const [only] = keys;
    if (keys.length !== 1 || !/^\(.*\)$/.test(only!.text)) {
      const plugins = pluginsOf(tokens.slice(open + 1, close));
      if ("refused" in plugins) return plugins;
      blocks.push({ keys: keys.map(withoutComma), plugins: plugins.lines });
    }
    at = close + 1;
  }
  return { text, blocks, imports };
}

/** On one line with the brace, or in a list whose commas lead to the next one. */
function areKeys(keys: readonly Token[], open: Token): boolean {
  return (
    keys.length > 0 &&
    keys.every(({ text, line }, index) => {
      const next = keys[index + 1] ?? open;
      const leadsOn = text.endsWith(",");
      return text !== "import" && text !== "}" && (leadsOn ? next !== open : next.line === line);
    })
  );
}

function withoutComma(key: Token): Token {
  return key.text.endsWith(",") ? { ...key, text: key.text.slice(0, -1), end: key.end - 1 } : key;
}

function pluginsOf(tokens: readonly Token[]): { readonly lines: readonly PluginLine[] } | Refused {
  const lines: PluginLine[] = [];
  let at = 0;
  while (at < tokens.length) {
    const name = tokens[at]!;
    const words = lineFrom(tokens, at).slice(1);
    const open = words.findIndex(({ text }) => text === "{");
    if (name.text === "{" || name.text === "}" || words.some(({ text }) => text === "}")) {
      return { refused: `has a brace in line ${name.line} that does not stand at the end of its line` };
    }
    if (open === -1) {
      lines.push({ name, args: words });
      at += words.length + 1;
      continue;
    }
    const opens = at + 1 + open;
    const closes = closing(tokens, opens);
    if (open !== words.length - 1 || closes === undefined || lineFrom(tokens, closes).length > 1) {
      return { refused: `has braces in line ${name.line} with something beside them on their lines` };
    }
    const body = { open: tokens[opens]!, close: tokens[closes]!, lines: linesOf(tokens.slice(opens + 1, closes)) };
    if (tokens[closes - 1]!.line === body.close.line) {
      return { refused: `has a closing brace in line ${body.close.line} that does not stand alone` };
    }
    lines.push({ name, args: words.slice(0, open), body });
    at = closes + 1;
  }
  return { lines };
}

function linesOf(tokens: readonly Token[]): readonly (readonly Token[])[] {
  return [...Map.groupBy(tokens, ({ line }) => line).values()];
}

/** The words of the line that begins at `from`. A quoted word of several lines ends its own. */
function lineFrom(tokens: readonly Token[], from: number): readonly Token[] {
  const { line } = tokens[from]!;
  const end = tokens.findIndex((token, index) => index > from && token.line !== line);
  return tokens.slice(from, end === -1 ? undefined : end);
}

/** Index of the brace that closes the one at `open`. */
function closing(tokens: readonly Token[], open: number): number | undefined {
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    if (tokens[at]!.text === "{") depth += 1;
    if (tokens[at]!.text === "}") depth -= 1;
    if (depth === 0) return at;
  }
  return undefined;
}
