/**
 * Union of the constituents' ports, by name first and then by protocol and number (KEP-1645, Service Port).
 * The result never holds one name twice nor one (protocol, number) twice, and says which local port serves which merged one,
 * so that traffic for a contested port reaches only clusters that really expose it.
 */
import type { ImportPort } from "../api";
import { same } from "../canonical";
import type { Conflict } from "./conflict";

/** Those that a Service, an import and a slice may have. */
export const PROTOCOLS: readonly string[] = ["TCP", "UDP", "SCTP"];

export interface PortClaim {
  readonly cluster: string;
  readonly ports: readonly ImportPort[];
}

/** Cluster → its own port name → the merged port's name; a port that lost its name to another number has no entry. "" is a name. */
export type PortNames = ReadonlyMap<string, ReadonlyMap<string, string>>;

export interface MergedPorts {
  readonly ports: readonly ImportPort[];
  readonly names: PortNames;
  readonly conflicts: readonly Conflict[];
}

/** `claims` in order of precedence. */
export function mergePorts(claims: readonly PortClaim[]): MergedPorts {
  const ports: { readonly port: ImportPort; readonly winner: string }[] = [];
  const contests: string[] = [];
  for (const { cluster, ports: offered } of claims) {
    for (const port of offered) {
      const taken =
        ports.find((p) => nameOf(p.port) === nameOf(port)) ?? ports.find((p) => numberOf(p.port) === numberOf(port));
      if (!taken) ports.push({ port, winner: cluster });
      else if (!same(normal(port), normal(taken.port))) contests.push(contest(cluster, port, taken));
    }
  }
  const union = ports.map((p) => p.port);
  return { ports: union, names: servedNames(claims, union), conflicts: conflictsOf(claims, contests) };
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
function conflictsOf(claims: readonly PortClaim[], contests: readonly string[]): readonly Conflict[] {
  const oldest = claims[0];
  if (!oldest) return [];
  const wanted = portSet(oldest.ports);
  const differing = claims.filter((claim) => !same(portSet(claim.ports), wanted)).map((claim) => claim.cluster);
  if (differing.length === 0) return [];
  const detail =
    contests.length > 0
      ? contests.slice(0, 5).join("; ")
      : "the union is imported, each port reaches only the clusters that expose it";
  return [
    {
      reason: "PortConflict",
      field: "ports",
      message: `ports differ between ${oldest.cluster} (oldest export) and ${listed(differing)}: ${detail}`,
    },
  ];
}

function contest(
  cluster: string,
  port: ImportPort,
  taken: { readonly port: ImportPort; readonly winner: string },
): string {
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
