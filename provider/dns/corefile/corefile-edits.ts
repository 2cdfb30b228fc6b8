/**
 * Adds a part to a Corefile and takes it off again. Each is one cut into the text; what was added and is taken off leaves the text as it was, byte
 * for byte.
 */
import type { Refused } from "./corefile-tokens";
import { clustersetParts, type ClustersetParts, OPTION, REWRITE_PATTERN, ZONE } from "./clusterset-parts";
import { zoneName } from "./zones";

/**
 * What can be added: `key`: clusterset.local among the zones of the server block. `zone`: among those of the plugin kubernetes. `option`: its
 * option multicluster. `rewrite`: what leads names to derived Services, for a CoreDNS without that option.
 */
export type Part = "key" | "zone" | "option" | "rewrite";

/** How names of clusterset.local are resolved: by CoreDNS itself, or by way of the derived Services' own names. */
export type Way = "multicluster" | "rewrite";

/** In the order in which they are added: the option alone would be an error, as its zone is none of the plugin's. */
export const PARTS: Readonly<Record<Way, readonly Part[]>> = {
  multicluster: ["key", "zone", "option"],
  rewrite: ["key", "rewrite"],
};

export function hasPart(parts: ClustersetParts, part: Part): boolean {
  switch (part) {
    case "key":
      return parts.missingKeys.length === 0;
    case "zone":
      return parts.zone !== undefined;
    case "option":
      return parts.inOption !== undefined;
    case "rewrite":
      return parts.rewrite !== undefined;
  }
}

/** As a person reads what was added or taken off. */
export function partText(part: Part): string {
  switch (part) {
    case "key":
      return `server block for ${ZONE}`;
    case "zone":
      return `kubernetes … ${ZONE}`;
    case "option":
      return `${OPTION} ${ZONE}`;
    case "rewrite":
      return `rewrite ${ZONE} to derived Services`;
  }
}

/** The text with the part; as it is where it has it. */
export function withPart(text: string, part: Part): string | Refused {
  const parts = clustersetParts(text);
  if ("refused" in parts) return parts;
  return hasPart(parts, part) ? text : spliced(text, additionOf(parts, part));
}

/** The text without the part; as it is where it has none that could be taken off. */
export function withoutPart(text: string, part: Part): string | Refused {
  const parts = clustersetParts(text);
  if ("refused" in parts) return parts;
  return removalsOf(parts, part).reduceRight(spliced, text);
}

interface Cut {
  readonly start: number;
  readonly end: number;
  readonly insert: string;
}

function spliced(text: string, { start, end, insert }: Cut): string {
  return text.slice(0, start) + insert + text.slice(end);
}

function inserted(at: number, insert: string): Cut {
  return { start: at, end: at, insert };
}

function additionOf(parts: ClustersetParts, part: Part): Cut {
  const { block, kubernetes, domain, text } = parts;
  switch (part) {
    case "key":
      return inserted(block.keys.at(-1)!.end, parts.missingKeys.map(({ zone, port }) => ` ${zone}${port}`).join(""));
    case "zone":
      // Behind the cluster's domain, which stays the first: CoreDNS takes that for its own.
      return inserted(domain.end, ` ${ZONE}`);
    case "option":
      return optionAddition(parts);
    case "rewrite": {
      const at = startOfLine(text, kubernetes.name.start);
      return inserted(at, rewriteLines(indentAt(text, kubernetes.name.start), zoneName(domain.text)));
    }
  }
}

function optionAddition({ text, kubernetes, option }: ClustersetParts): Cut {
  const { name, args, body } = kubernetes;
  if (option) return inserted(option.at(-1)!.end, ` ${ZONE}`);
  const indent = indentAt(text, name.start);
  if (!body) return inserted(args.at(-1)!.end, bracedOption(indent));
  const [first] = body.lines;
  const inner = first?.[0] === undefined ? `${indent}   ` : indentAt(text, first[0].start);
  return inserted(startOfLine(text, body.close.start), `${inner}${OPTION} ${ZONE}\n`);
}

function removalsOf(parts: ClustersetParts, part: Part): readonly Cut[] {
  const { text } = parts;
  switch (part) {
    case "key":
      // A block without any key would be none.
      return parts.ownKeys.length === parts.block.keys.length ? [] : parts.ownKeys.map((key) => word(text, key));
    case "zone":
      return parts.zone === undefined || parts.zone === parts.domain ? [] : [word(text, parts.zone)];
    case "option":
      return optionRemoval(parts);
    case "rewrite": {
      const { rewrite } = parts;
      return rewrite === undefined ? [] : [line(text, rewrite.name.start, rewrite.body!.close.end)];
    }
  }
}

function optionRemoval({ text, kubernetes, option, inOption }: ClustersetParts): readonly Cut[] {
  if (!option || !inOption) return [];
  if (option.length > 2) return [word(text, inOption)];
  const { name, args, body } = kubernetes;
  const whole = { start: args.at(-1)!.end, end: body!.close.end, insert: "" };
  // Braces that hold nothing else go with it.
  const alone = text.slice(whole.start, whole.end) === bracedOption(indentAt(text, name.start));
  return [alone ? whole : line(text, option[0]!.start, inOption.end)];
}

function bracedOption(indent: string): string {
  return ` {\n${indent}   ${OPTION} ${ZONE}\n${indent}}`;
}

/** A word and the space before it. */
function word(text: string, { start, end }: { readonly start: number; readonly end: number }): Cut {
  const before = text.slice(0, start);
  return { start: before.length - (/[ \t]+$/.exec(before)?.[0].length ?? 0), end, insert: "" };
}

/** From `start` to `end` with the whole of their lines, unless something else stands there, e.g. a comment. */
function line(text: string, start: number, end: number): Cut {
  const from = startOfLine(text, start);
  const rest = /^[ \t\r]*(\n|$)/.exec(text.slice(end));
  const alone = text.slice(from, start).trim() === "" && rest !== null;
  return alone ? { start: from, end: end + rest[0].length, insert: "" } : { start, end, insert: "" };
}

function startOfLine(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

function indentAt(text: string, at: number): string {
  return /^[ \t]*/.exec(text.slice(startOfLine(text, at), at))![0];
}

/**
 * In the form that every CoreDNS since 1.2 reads. Names of one service and of its ports; what the KEP has beyond them has no counterpart among the
 * names of a derived Service.
 */
function rewriteLines(indent: string, domain: string): string {
  const back = String.raw`^(_[^.]+\._[^.]+\.)?derived-([^.]+)\.([^.]+)\.svc\.${domain.replaceAll(".", "\\.")}\.$`;
  return [
    "rewrite stop {",
    `   name regex ${REWRITE_PATTERN} {1}derived-{2}.{3}.svc.${domain}.`,
    `   answer name ${back} {1}{2}.{3}.svc.${ZONE}.`,
    "}",
  ]
    .map((words) => `${indent}${words}\n`)
    .join("");
}
