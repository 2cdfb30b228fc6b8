/** One complete reading of one member: a few lists, shared by every service of the process, indexed by `namespace/name`. */
import type { EndpointSlice, IPFamily, Key, KubeObject, Service, ServiceExport, ServiceImport } from "../../mcs/api";
import { canonicalAddress } from "../../mcs/addresses";
import { isDnsLabel } from "../../mcs/label-value";
import type { CrdState } from "../../mcs/observed";
import { ANNOTATION, isOurs, LABEL, OURS } from "../../mcs/marks";
import { listIfInstalled } from "./installed-kinds";
import type { Installed } from "./installed-kinds";
import { newAllowance } from "./reading-limits";
import type { Allowance, Member } from "../member";
import { SERVED_VERSION } from "../membership/crd-plan";
import type { Clock } from "../waiting";

export interface Snapshot {
  readonly crds: CrdState;
  /** Metadata only; a namespace with a deletionTimestamp is terminating. */
  readonly namespaces: ReadonlyMap<string, KubeObject>;
  readonly exports: ReadonlyMap<string, ServiceExport>;
  readonly imports: ReadonlyMap<string, ServiceImport>;
  readonly services: ReadonlyMap<string, Service>;
  /** Services that carry our mark, by the import they say they stand for. */
  readonly derived: ReadonlyMap<string, readonly Service[]>;
  /** That Services of the cluster have. */
  readonly families: readonly IPFamily[];
  /** EndpointSlices of the Services in `covered`, by Service. */
  readonly sourceSlices: ReadonlyMap<string, readonly EndpointSlice[]>;
  /** Names of the Services whose slices were read, in every namespace. */
  readonly covered: ReadonlySet<string>;
  /** Metadata of our imported slices, by import. */
  readonly importedSlices: ReadonlyMap<string, readonly KubeObject[]>;
  /** Cluster IPs of its Services and addresses of its API server, in canonical form. */
  readonly ownAddresses: ReadonlySet<string>;
}

/** The Service, in namespace default, by whose slices an API server tells its addresses. */
const API_SERVER: Key = { namespace: "default", name: "kubernetes" };

/**
 * Six lists, whatever the number of services (more where the names of the exported ones do not fit one request). Rejects as a whole when one of
 * them cannot be read: half a picture would show the other half as gone.
 * @param interest names of Services whose slices are wanted although they are not exported yet
 * @param clock as in `listIfInstalled`
 */
export async function takeSnapshot(member: Member, interest: ReadonlySet<string>, clock?: Clock): Promise<Snapshot> {
  const allowance = newAllowance();
  const [namespaces, exports, imported] = await Promise.all([
    member.listMetadata("Namespace", { allowance }),
    listIfInstalled(member, "ServiceExport", { allowance, clock }),
    member.listMetadata("EndpointSlice", { labelSelector: OURS, allowance }),
  ]);
  const exported = (exports?.objects ?? []).map((e) => e.metadata.name);
  // Also where no service is asked for yet: this reading may be the one by which the first of them is written.
  const covered = new Set([...exported, ...interest, API_SERVER.name]);
  // After the slices: those that somebody else makes while we read would otherwise look like left behind by an import that is gone.
  const [imports, services, sources] = await Promise.all([
    listIfInstalled(member, "ServiceImport", { allowance, clock }),
    member.list("Service", { allowance }),
    listSourceSlices(member, [...covered], allowance),
  ]);
  const sourceSlices = grouped(sources, LABEL.serviceName);
  const byName = byKey(services);
  return {
    crds: stateOf([exports, imports]),
    namespaces: new Map(namespaces.map((n) => [n.metadata.name, n])),
    exports: byKey(exports?.objects ?? []),
    imports: byKey(imports?.objects ?? []),
    services: byName,
    derived: Map.groupBy(services.filter(isOurs), (s) => s.metadata.annotations?.[ANNOTATION.importRef] ?? ""),
    families: familiesInUse(services),
    sourceSlices,
    covered,
    importedSlices: Map.groupBy(imported, (o) => `${o.metadata.namespace}/${importOf(o, byName)}`),
    ownAddresses: ownAddresses(services, sourceSlices.get(keyText(API_SERVER)) ?? []),
  };
}

function stateOf(kinds: readonly (Installed<unknown> | undefined)[]): CrdState {
  if (kinds.some((kind) => kind === undefined)) return "absent";
  return kinds.every((kind) => kind?.version === SERVED_VERSION) ? "served" : "outdated";
}

function ownAddresses(services: readonly Service[], apiServer: readonly EndpointSlice[]): ReadonlySet<string> {
  return new Set(
    [
      ...services.flatMap(({ spec }) => spec.clusterIPs ?? []),
      ...apiServer.flatMap(({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses)),
    ].map(canonicalAddress),
  );
}

/** Keeps a request line below the 8 KiB that proxies in front of API servers commonly allow. */
const SELECTOR_MAX = 6000;

async function listSourceSlices(
  member: Member,
  names: readonly string[],
  allowance: Allowance,
): Promise<readonly EndpointSlice[]> {
  const legal = names.filter(isDnsLabel).sort();
  const chunks: string[][] = [];
  for (const name of legal) {
    const last = chunks.at(-1);
    if (last && last.join(",").length + name.length < SELECTOR_MAX) last.push(name);
    else chunks.push([name]);
  }
  const lists = await Promise.all(
    chunks.map((chunk) =>
      member.list("EndpointSlice", { labelSelector: `${LABEL.serviceName} in (${chunk.join(",")})`, allowance }),
    ),
  );
  return lists.flat();
}

export function keyText({ namespace, name }: Key): string {
  return `${namespace}/${name}`;
}

function byKey<T extends KubeObject>(objects: readonly T[]): ReadonlyMap<string, T> {
  return new Map(objects.map((o) => [`${o.metadata.namespace}/${o.metadata.name}`, o]));
}

/** By the owner first: a label is easily edited, and a slice that nobody looks for any more would feed its Service for ever. */
function importOf({ metadata }: KubeObject, services: ReadonlyMap<string, Service>): string {
  const owner = metadata.ownerReferences?.find(({ kind }) => kind === "ServiceImport");
  const fed = services.get(`${metadata.namespace}/${metadata.labels?.[LABEL.serviceName]}`);
  return owner?.name ?? metadata.labels?.[LABEL.importName] ?? importStoodFor(fed) ?? "";
}

/**
 * Who gives a derived Service a selector makes Kubernetes fill slices of its own for it. They carry the Service's labels, our mark among them, and
 * stay when the selector goes: pods of this cluster would go on answering for the others.
 */
function importStoodFor(derived: Service | undefined): string | undefined {
  return isOurs(derived) ? derived?.metadata.annotations?.[ANNOTATION.importRef]?.split("/").at(-1) : undefined;
}

function grouped<T extends KubeObject>(objects: readonly T[], label: string): ReadonlyMap<string, readonly T[]> {
  return Map.groupBy(objects, (o) => `${o.metadata.namespace}/${o.metadata.labels?.[label] ?? ""}`);
}

/**
 * Every Service with an address shows a family that its cluster has, `default/kubernetes` at least one: often that is all one needs to know.
 * A headless one shows nothing: without a selector it gets both families on any cluster.
 */
function familiesInUse(services: readonly Service[]): readonly IPFamily[] {
  const addressed = services.filter((s) => s.spec.clusterIP && s.spec.clusterIP !== "None");
  const seen = new Set(addressed.flatMap((s) => s.spec.ipFamilies ?? []));
  return (["IPv4", "IPv6"] as const).filter((family) => seen.has(family));
}
