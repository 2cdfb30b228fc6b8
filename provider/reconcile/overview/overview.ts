/** The whole clusterset as it stands, in one reading: for those who look at it from outside of any program. Never writes. */
import type { EndpointSlice, Key } from "../../mcs/api";
import { derivedServiceName } from "../../mcs/derive/names";
import { ANNOTATION, isOurs, LABEL } from "../../mcs/marks";
import type { CrdState, View } from "../../mcs/observed";
import { oneLine } from "../../mcs/printable";
import type { Fleet, Reading } from "../observe/fleet";
import { learn, observe } from "../observe/observe";
import { keyText } from "../../mcs/object-key";
import { foreignSlices } from "./foreign-slices";
import { markedObjects } from "./marked-objects";
import { findOrphans, type Orphan } from "./orphans";
import { type OwnerOverview, ownersOf } from "./owners";
import { sourceOf } from "./recorded-endpoints";
import { serviceOverview, type ServiceOverview, type Verdict } from "./service-overview";

export type MemberOverview =
  | { readonly id: string; readonly state: "read"; readonly api: CrdState }
  /** Why, and the way out. */
  | { readonly id: string; readonly state: "unreadable"; readonly why: string };

export interface Overview {
  /** When the reading began, RFC 3339. */
  readonly readAt: string;
  readonly verdict: Verdict;
  /** Sorted by id. */
  readonly members: readonly MemberOverview[];
  /** Sorted by namespace and name. */
  readonly services: readonly ServiceOverview[];
  readonly owners: readonly OwnerOverview[];
  readonly orphans: readonly Orphan[];
}

export interface OverviewOptions {
  /** Default: all. */
  readonly namespace?: string;
}

/** Reads every member anew. What a member does not let itself be asked is unknown, and never absent. */
export async function overview(fleet: Fleet, { namespace }: OverviewOptions = {}): Promise<Overview> {
  const begun = fleet.clock();
  const readings = await fleet.read(begun);
  const foreign = await foreignSlices(fleet, readings, namespace);
  const services: ServiceOverview[] = [];
  for (const key of keysIn(readings, namespace)) {
    const views = withStrangers(await viewsOf(fleet, key, begun));
    const own = new Map([...foreign].map(([id, slices]) => [id, slices?.filter((slice) => isFor(slice, key))]));
    services.push(serviceOverview({ key, views, foreign: own, now: begun }));
  }
  const members = [...readings].map(([id, reading]) => memberOverview(id, reading));
  const orphans = findOrphans(readings, namespace);
  return {
    readAt: new Date(begun).toISOString(),
    verdict: verdictOf(members, services, orphans),
    members,
    services,
    owners: ownersOf(markedObjects(readings, namespace)),
    orphans,
  };
}

function memberOverview(id: string, reading: Reading): MemberOverview {
  return reading.state === "read"
    ? { id, state: "read", api: reading.snapshot.crds }
    : { id, state: "unreadable", why: oneLine(reading.error.message) };
}

/** What is wrong for certain is told before what cannot be told. */
function verdictOf(
  members: readonly MemberOverview[],
  services: readonly ServiceOverview[],
  orphans: readonly Orphan[],
): Verdict {
  const wrong = services.some(({ verdict }) => verdict === "wrong") || orphans.some((it) => it.certainty === "certain");
  if (wrong) return "wrong";
  const unknown = services.some(({ verdict }) => verdict === "unknown") || members.some((it) => it.state !== "read");
  return unknown ? "unknown" : "well";
}

function keysIn(readings: ReadonlyMap<string, Reading>, namespace: string | undefined): readonly Key[] {
  const texts = new Set(
    [...readings.values()].flatMap((reading) =>
      reading.state === "read" ? [...reading.snapshot.exports.keys(), ...reading.snapshot.imports.keys()] : [],
    ),
  );
  return [...texts]
    .sort()
    .map((text): Key => {
      const [at = "", name = ""] = text.split("/");
      return { namespace: at, name };
    })
    .filter((key) => namespace === undefined || key.namespace === namespace);
}

/** Nobody's intent: no object carries this owner, and nothing is asked for. */
async function viewsOf(fleet: Fleet, key: Key, notBefore: number): Promise<readonly View[]> {
  const derivedName = derivedServiceName(key);
  const intent = { key, owner: "(nobody)", exportFrom: [], importTo: [], derivedName, adopt: false };
  const views = await observe(fleet, intent, notBefore);
  const asks = views.some((view) => view.state === "read" && view.service.service?.spec.trafficDistribution);
  // A release decides only whether the derived Service can carry that one field.
  return asks ? learn(fleet, views, { families: [], release: true }, async () => []) : views;
}

/** Clusters that imports have endpoints of and that were not given: not to be taken for clusters that export nothing. */
function withStrangers(views: readonly View[]): readonly View[] {
  const given = new Set(views.map(({ id }) => id));
  const named = views.flatMap((view) => {
    if (view.state !== "read") return [];
    const { import: live, importedSlices } = view.service;
    const isOwn = isOurs(live) || live?.metadata.annotations?.[ANNOTATION.honouredBy] !== undefined;
    const told = isOwn ? (live?.status?.clusters ?? []).map(({ cluster }) => cluster) : [];
    return [...importedSlices.map(({ object }) => sourceOf(object)), ...told];
  });
  const strangers = [...new Set(named)].filter((id) => id !== "" && !given.has(id));
  const absent = strangers.map((id): View => ({
    state: "unreadable",
    id,
    code: "notGiven",
    message: `cluster "${id}" is not among the members that were given: give it with --cluster, or its part cannot be told`,
  }));
  return [...views, ...absent].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function isFor({ metadata }: EndpointSlice, key: Key): boolean {
  return (
    keyText({ namespace: metadata.namespace ?? "", name: metadata.labels?.[LABEL.importName] ?? "" }) === keyText(key)
  );
}
