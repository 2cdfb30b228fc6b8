/**
 * Union of the constituents' ports, by name first and then by protocol and number (KEP-1645, Service Port).
 * The result never holds one name twice nor one (protocol, number) twice, and says which local port serves which merged one,
 * so that traffic for a contested port reaches only clusters that really expose it.
 */
import type { ImportPort } from "../api";
import { same } from "../canonical";
import { fairShare } from "../fair-share";
import { UNION_MAX_BYTES } from "../limits";
import type { Conflict } from "./conflict";

/** Those that a Service, an import and a slice may have. */
export const PROTOCOLS: readonly string[] = ["TCP", "UDP", "SCTP"];

export interface PortClaim {
  readonly cluster: string;
  readonly ports: readonly ImportPort[];
  /** All of the import as it stands: kept before anything new gets room. */
  readonly inForce?: boolean;
}

/** Cluster → its own port name → the merged port's name; a port that lost its name to another number has no entry. "" is a name. */
export type PortNames = ReadonlyMap<string, ReadonlyMap<string, string>>;

export interface MergedPorts {
  readonly ports: readonly ImportPort[];
  readonly names: PortNames;
  readonly conflicts: readonly Conflict[];
  /** Cluster → how many of its ports no import has room for. Nearly always empty. */
  readonly leftOut: ReadonlyMap<string, number>;
}

/** A port of the union, who was the first to offer it, and its size as JSON. */
interface Won {
  readonly port: ImportPort;
  readonly winner: string;
  readonly bytes: number;
  readonly inForce: boolean;
}

/** `claims` in order of precedence. */
export function mergePorts(claims: readonly PortClaim[]): MergedPorts {
  const byName = new Map<string, Won>();
  const byNumber = new Map<string, Won>();
  const won: Won[] = [];
  const contests: string[] = [];
  // Whoever wins one of them: an older exporter may now ask for more than it had room for.
  const standing = new Set(claims.flatMap((it) => (it.inForce ? it.ports.map((port) => JSON.stringify(port)) : [])));
  for (const { cluster, ports: offered } of claims) {
    for (const port of offered) {
      const [name, number] = [nameOf(port), numberOf(port)];
      const taken = byName.get(name) ?? byNumber.get(number);
      if (taken) {
        if (contests.length < CONTESTS_SHOWN && !same(normal(port), normal(taken.port)))
          contests.push(contest(cluster, port, taken));
        continue;
      }
      const text = JSON.stringify(port);
      const it = { port, winner: cluster, bytes: text.length + 1, inForce: standing.has(text) };
      won.push(it);
      byName.set(name, it);
      byNumber.set(number, it);
    }
  }
  const { ports, leftOut } = withinRoom(won);
  return { ports, names: servedNames(claims, ports), conflicts: conflictsOf(claims, contests, leftOut), leftOut };
}

/**
 * More than one Service can carry is shared out, so that who offers hundreds of ports takes the place of nobody who offers few. A port that lost
 * to one that is left out stays lost: who wins does not depend on how much room there is.
 */
function withinRoom(won: readonly Won[]): Pick<MergedPorts, "ports" | "leftOut"> {
  // Each port counts a comma, and a list has two brackets and one comma less.
  let room = UNION_MAX_BYTES - 1;
  const kept = new Set<Won>();
  for (const it of won) {
    if (!it.inForce || it.bytes > room) continue;
    room -= it.bytes;
    kept.add(it);
  }
  const others = won.filter((it) => !kept.has(it));
  const wanted = new Map<string, number>();
  for (const { winner, bytes } of others) wanted.set(winner, (wanted.get(winner) ?? 0) + bytes);
  const share = fairShare([...wanted.values()], room);
  const used = new Map<string, number>();
  const leftOut = new Map<string, number>();
  for (const it of others) {
    const sum = (used.get(it.winner) ?? 0) + it.bytes;
    used.set(it.winner, sum);
    if (sum <= share) kept.add(it);
    else leftOut.set(it.winner, (leftOut.get(it.winner) ?? 0) + 1);
  }
  const ports = won.filter((it) => kept.has(it)).map(({ port }) => port);
  return { ports, leftOut };
}

/** By the number, under whatever name it won: also a port that lost its own name serves where somebody else's name stands for its number. */
function servedNames(claims: readonly PortClaim[], union: readonly ImportPort[]): PortNames {
  const nameFor = new Map(union.map((port) => [numberOf(port), nameOf(port)]));
  return new Map(
    claims.map(({ cluster, ports }) => [
      cluster,
      new Map(
        ports.flatMap((port): [string, string][] => {
          const name = nameFor.get(numberOf(port));
          return name === undefined ? [] : [[nameOf(port), name]];
        }),
      ),
    ]),
  );
}

/** The sets merely differing is a conflict too: then some ports reach only some of the clusters. */
function conflictsOf(
  claims: readonly PortClaim[],
  contests: readonly string[],
  leftOut: MergedPorts["leftOut"],
): readonly Conflict[] {
  const oldest = claims[0];
  if (!oldest) return [];
  const wanted = portSet(oldest.ports);
  const differing = claims.filter((claim) => !same(portSet(claim.ports), wanted)).map((claim) => claim.cluster);
  if (differing.length === 0) return [];
  const detail =
    contests.length > 0
      ? contests.join("; ")
      : "the union is imported, each port reaches only the clusters that expose it";
  return [
    {
      reason: "PortConflict",
      field: "ports",
      message: `ports differ between ${oldest.cluster} (oldest export) and ${listed(differing)}: ${detail}${noRoom(leftOut)}`,
    },
  ];
}

/** Contested ports told in one message. */
const CONTESTS_SHOWN = 5;

function noRoom(leftOut: MergedPorts["leftOut"]): string {
  const few = [...leftOut].map(([cluster, count]) => `${count} of ${cluster}`);
  return few.length > 0 ? `; more ports than an import has room for: left out are ${listed(few)}` : "";
}

function contest(cluster: string, port: ImportPort, taken: Won): string {
  return `${show(taken.port)} of ${taken.winner} (older export) is used, not ${show(port)} of ${cluster}`;
}

function listed(clusters: readonly string[]): string {
  return clusters.length <= 3
    ? clusters.join(", ")
    : `${clusters.slice(0, 3).join(", ")} and ${clusters.length - 3} more`;
}

function show(port: ImportPort): string {
  const app = port.appProtocol ? ` (${port.appProtocol})` : "";
  return `${nameOf(port) === "" ? "unnamed port" : `port "${nameOf(port)}"`} ${port.port}/${port.protocol ?? "TCP"}${app}`;
}

function portSet(ports: readonly ImportPort[]): readonly string[] {
  return ports.map((p) => JSON.stringify(normal(p))).sort();
}

function normal(port: ImportPort): unknown {
  return [nameOf(port), port.protocol ?? "TCP", port.port, port.appProtocol ?? ""];
}

function nameOf(port: ImportPort): string {
  return port.name ?? "";
}

function numberOf(port: ImportPort): string {
  return `${port.protocol ?? "TCP"}/${port.port}`;
}

/**
 * Names for a Service's ports: an import may hold one unnamed port beside named ones, a Service may not (422), so that one gets a name
 * ("tcp-80") and the slices follow. Merged name → Service port name.
 */
export function servicePortNames(ports: readonly ImportPort[]): ReadonlyMap<string, string> {
  const taken = new Set(ports.map(nameOf));
  return new Map(
    ports.map((port) => {
      const name = nameOf(port);
      return [name, name === "" && ports.length > 1 ? freeName(port, taken) : name] as const;
    }),
  );
}

function freeName(port: ImportPort, taken: ReadonlySet<string>): string {
  const base = `${(port.protocol ?? "TCP").toLowerCase()}-${port.port}`;
  let name = base;
  for (let n = 2; taken.has(name); n++) name = `${base}-${n}`;
  return name;
}
