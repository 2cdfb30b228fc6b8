/** What a Corefile has for the zone clusterset.local, part by part: what there is to add, and what there is to take off. */
import type { Refused, Token } from "./corefile-tokens";
import { parseCorefile, type PluginLine, type ServerBlock } from "./server-blocks";
import { answering, isFromEnvironment, isReverse, zoneKeyOf, zoneName, type ZoneKey } from "./zones";

/** KEP-1645, DNS: no other is allowed. */
export const ZONE = "clusterset.local";
/** Of the plugin `kubernetes`, from CoreDNS 1.12.2. */
export const OPTION = "multicluster";

/** Larger ones are not read: the longest that are known have a few kB. */
const CHARACTERS_MAX = 64 * 1024;

export interface ClustersetParts {
  readonly text: string;
  /** Server block and plugin that answer for the cluster's own names, e.g. cluster.local. */
  readonly block: ServerBlock;
  readonly kubernetes: PluginLine;
  /** The first zone of the plugin that is not one of addresses: the cluster's domain, e.g. "cluster.local". */
  readonly domain: Token;
  /** `multicluster` and its zones, where it stands; the last one, which is the one that holds. */
  readonly option?: readonly Token[];
  /** clusterset.local among the zones of that option. */
  readonly inOption?: Token;
  /** clusterset.local among the zones of the plugin. */
  readonly zone?: Token;
  /** Keys of the block for exactly clusterset.local. */
  readonly ownKeys: readonly Token[];
  /** Ports on which queries for clusterset.local reach other blocks, or none: the block needs a key for each. */
  readonly missingKeys: readonly ZoneKey[];
  /** `rewrite` lines of the block that lead names of clusterset.local to derived Services, as we write them. */
  readonly rewrite?: PluginLine;
  /** What bounds the answers, for people; words that follow "the Corefile". */
  readonly limits: readonly string[];
  /** CoreDNS reads a changed Corefile by itself. */
  readonly reloads: boolean;
}

/** The first word of the pattern that our rewrite begins with: nobody else writes it so. */
export const REWRITE_PATTERN = String.raw`^(_[^.]+\._[^.]+\.)?([^.]{1,55})\.([^.]+)\.svc\.clusterset\.local\.$`;

export function clustersetParts(text: string): ClustersetParts | Refused {
  if (text.length > CHARACTERS_MAX) return { refused: `has more than ${CHARACTERS_MAX} characters` };
  const corefile = parseCorefile(text);
  if ("refused" in corefile) return corefile;
  const { blocks, imports } = corefile;
  const stranger = blocks.flatMap(({ keys }) => keys).find(isFromEnvironment);
  if (stranger) return { refused: `has a server block whose zone comes from the environment (${stranger.text})` };
  const found = clusterBlock(blocks);
  if ("refused" in found) return found;
  const { block, kubernetes, domain } = found;
  const reach = reachable(blocks, block);
  if ("refused" in reach) return reach;
  const lines = kubernetes.body?.lines ?? [];
  const option = lines.filter(([name]) => name?.text === OPTION).at(-1);
  const isZone = (token: Token) => zoneName(token.text) === ZONE;
  const zone = kubernetes.args.find(isZone);
  const inOption = option?.slice(1).find(isZone);
  const rewrite = block.plugins.find(({ name, body }) => name.text === "rewrite" && isOurRewrite(body?.lines ?? []));
  return {
    text,
    block,
    kubernetes,
    domain,
    ...(option && { option }),
    ...(inOption && { inOption }),
    ...(zone && { zone }),
    ...(rewrite && { rewrite }),
    ...reach,
    limits: [...limitsOf(lines), ...imports.map(importLimit)],
    reloads: block.plugins.some(({ name }) => name.text === "reload"),
  };
}

/** The one server block whose plugin `kubernetes` answers for names. */
function clusterBlock(
  blocks: readonly ServerBlock[],
): Pick<ClustersetParts, "block" | "kubernetes" | "domain"> | Refused {
  const answeringNames = blocks.flatMap((block) => {
    const lines = block.plugins.filter(({ name }) => name.text === "kubernetes");
    return lines
      .filter(({ args }) => args.length === 0 || args.some(({ text }) => !isReverse(text)))
      .map((kubernetes) => ({ block, kubernetes }));
  });
  const [found, ...more] = answeringNames;
  if (!found) return { refused: "has no server block with the plugin kubernetes that answers for names" };
  if (more.length > 0) return { refused: "has the plugin kubernetes for names more than once" };
  const { block, kubernetes } = found;
  const line = `in line ${kubernetes.name.line}`;
  const domain = kubernetes.args.find(({ text }) => !isReverse(text));
  if (!domain)
    return { refused: `has the plugin kubernetes ${line} without zones; write the cluster's domain behind it` };
  if (kubernetes.args.some(isFromEnvironment)) {
    return { refused: `has the plugin kubernetes ${line} with a zone that comes from the environment` };
  }
  const strange = (kubernetes.body?.lines ?? []).find(([first, ...rest]) =>
    [first, ...rest].some((token) => token!.text === "{" || token!.text === "}" || first!.text === "import"),
  );
  if (strange)
    return { refused: `has an option of the plugin kubernetes in line ${strange[0]!.line} that is not known` };
  return { block, kubernetes, domain };
}

/** Whether queries for clusterset.local come to the block: CoreDNS gives each to the block with the longest zone. */
function reachable(
  blocks: readonly ServerBlock[],
  block: ServerBlock,
): Pick<ClustersetParts, "ownKeys" | "missingKeys"> | Refused {
  const keys = block.keys.flatMap((token) => zoneKeyOf(token) ?? []);
  const ports = [...new Set(keys.map(({ port }) => port))];
  if (ports.length === 0) return { refused: "serves the cluster's names on no port of plain DNS" };
  const shared = blocks.find((other) => other !== block && other.keys.some(({ text }) => keysOf(block).includes(text)));
  if (shared || block.plugins.some(({ name }) => name.text === "view")) {
    return { refused: "has several server blocks, or a view, for the cluster's names" };
  }
  const missing: ZoneKey[] = [];
  for (const port of ports) {
    const winner = answering(blocks, ZONE, port);
    if (winner?.block === block) continue;
    if (winner?.key === ZONE) {
      return { refused: `has a server block of its own for ${ZONE}, which is not that of the cluster's names` };
    }
    missing.push({ zone: ZONE, port });
  }
  return { ownKeys: block.keys.filter((token) => zoneKeyOf(token)?.zone === ZONE), missingKeys: missing };
}

function keysOf({ keys }: ServerBlock): readonly string[] {
  return keys.map(({ text }) => text);
}

function isOurRewrite(lines: readonly (readonly Token[])[]): boolean {
  return lines.some((words) => words.some(({ text }) => text === REWRITE_PATTERN));
}

function limitsOf(lines: readonly (readonly Token[])[]): readonly string[] {
  const has = (name: string) => lines.some(([first]) => first?.text === name);
  return [
    ...(has("namespaces") || has("namespace_labels") ? ["answers for some namespaces only"] : []),
    ...(has("labels") ? ["answers for objects with some labels only"] : []),
    ...(has("noendpoints") ? ["answers for no headless service (noendpoints)"] : []),
  ];
}

function importLimit(what: string): string {
  return `imports ${what}, which cannot be seen from here: what it has for ${ZONE} comes first`;
}
