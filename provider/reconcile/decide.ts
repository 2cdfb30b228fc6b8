/** PURE. Everything that was read + what is wanted → what to write, what stands in the way, and how the service then looks. */
import type { Event, Key, Service, ServiceExport, ServiceImport } from "../mcs/api";
import { exportConditions } from "../mcs/conditions";
import { deriveImport, liveDerivedService, standsFor } from "../mcs/derive";
import type { DesiredImport } from "../mcs/derive";
import { typeConflictEvent } from "../mcs/events";
import { isOurs, LABEL, ownerOf } from "../mcs/marks";
import { merge } from "../mcs/merge";
import type { Merged } from "../mcs/merge";
import type { MemberService, View } from "../mcs/observed";
import { importReady, importStatus, releasedImport } from "../mcs/service-import";
import { collidingAddresses, DEFAULT_ENDPOINTS_PER_SLICE } from "../mcs/slices";
import { standing } from "../mcs/standing";
import type { Standing } from "../mcs/standing";
import { RANK } from "./change";
import type { Change } from "./change";
import type { Finding, Intent, ServiceView } from "./intent";
import { honoured, obstacles } from "./obstacles";
import { inOrder, planDerived, planExport, planImport, planSlices, planStatus, removal } from "./plan";
import { serviceView } from "./service-view";

export interface Decision {
  readonly changes: readonly Change[];
  /** Nothing may be written while there is one. */
  readonly problems: readonly Finding[];
  /** These cannot be done; the rest can. */
  readonly failures: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly view: ServiceView;
}

export type Readable = { readonly id: string; readonly service: MemberService };

/** What each member is to do, decided once for all stages below. */
export interface Deciding {
  readonly intent: Intent & { readonly derivedName: string };
  readonly views: readonly View[];
  readonly standing: Standing;
  /** Of all exports: what the exports' conditions tell. */
  readonly merged: Merged | undefined;
  /** Of the exports this intent imports from. */
  readonly imported: Merged | undefined;
}

export function deciding(views: readonly View[], intent: Deciding["intent"]): Deciding {
  const stand = standing(views, intent);
  const sources = intent.sources;
  const chosen = sources ? stand.constituents.filter((c) => sources.includes(c.cluster)) : stand.constituents;
  return { intent, views, standing: stand, merged: merge(stand.constituents), imported: merge(chosen) };
}

export function decide(views: readonly View[], intent: Deciding["intent"]): Decision {
  const context = deciding(views, intent);
  const { problems, failures, warnings, blockedImports } = obstacles(context);
  const readable = views.flatMap((v): Readable[] => (v.state === "read" ? [v] : []));
  const imports = new Map<string, DesiredImport>();
  const changes = readable.flatMap((member) => {
    if (blockedImports.has(member.id)) return exportChanges(member, context);
    const desired = importing(member, context) ? desiredImport(member, context) : undefined;
    if (desired) imports.set(member.id, desired);
    return [...exportChanges(member, context), ...importChanges(member, desired, context)];
  });
  return {
    changes: inOrder(changes.filter((change) => !isLeavingAlready(change))),
    problems,
    failures,
    warnings: [...warnings, ...collisions(context)],
    view: serviceView(context, imports),
  };
}

/** Something else holds it back by a finalizer: to delete it again would change nothing, in every run. */
function isLeavingAlready({ verb, object }: Change): boolean {
  return verb === "remove" && object.metadata.deletionTimestamp !== undefined;
}

function exportChanges({ id, service }: Readable, { intent, standing: stand, merged }: Deciding): readonly Change[] {
  const wanted = intent.exportFrom.includes(id);
  const live = service.export;
  if (!wanted && live && ownerOf(live) === intent.owner) return [removal(id, RANK.removeExport, "ServiceExport", live)];
  const coming = stand.exports.get(id);
  if (!coming) return [];
  const write = wanted ? planExport(id, live, coming.export) : [];
  const part = merged?.constituents.some((c) => c.cluster === id) ? merged.conflicts : [];
  const conditions = exportConditions(coming.validity, part);
  if (!conditions) return write;
  const status = planStatus({
    member: id,
    rank: RANK.exportStatus,
    kind: "ServiceExport",
    object: coming.export,
    live,
    wanted: conditions,
    written: write.length > 0 || (wanted && live?.status === undefined),
  });
  const event = typeConflictEvent(coming.export, part);
  return [...write, ...status, ...(event ? [courtesy(id, event)] : [])];
}

function courtesy(member: string, event: Event): Change {
  return { member, rank: RANK.exportStatus, kind: "Event", verb: "create", object: event, fields: [], silent: true };
}

/** Ours to serve: asked for, or written by a person and to be honoured. The namespace must be there (KEP-1645, namespace sameness). */
export function importing(member: Readable, context: Deciding): boolean {
  const asked = context.intent.importTo.includes(member.id) || honoured(member, context);
  return context.imported !== undefined && member.service.namespace === "active" && asked;
}

function desiredImport(member: Readable, { intent, views, standing: stand, imported }: Deciding): DesiredImport {
  return deriveImport(member, {
    key: intent.key,
    owner: intent.owner,
    derivedName: intent.derivedName,
    maxEndpoints: intent.maxEndpointsPerSlice ?? DEFAULT_ENDPOINTS_PER_SLICE,
    merged: imported!,
    views,
    held: stand.held,
    adopt: intent.adopt,
  });
}

function importChanges(member: Readable, desired: DesiredImport | undefined, context: Deciding): readonly Change[] {
  const { id, service } = member;
  const { intent, standing: stand } = context;
  if (!desired && honoured(member, context)) return stand.held.length > 0 ? [] : waiting(member, intent.key);
  if (!desired) return mine(member, context) ? withdrawal(member, intent.key) : [];

  const liveDerived = liveDerivedService(service, intent.key, intent.derivedName);
  const stale = service.derived.filter(
    (s) => standsFor(s, intent.key) && s !== liveDerived && ownerOf(s) === intent.owner,
  );
  const importWrite = planImport(id, service.import, desired.import);
  const slices = planSlices(id, service.importedSlices, desired.slices, stand.held);
  const status = importStatus({
    merged: context.imported!,
    ready: desired.ready,
    slices:
      desired.slices.length + service.importedSlices.filter((s) => stand.held.includes(sourceOf(s.object))).length,
    live: service.import,
    generation: service.import?.metadata.generation,
    now: "",
  });
  return [
    ...(desired.derived ? planDerived(id, liveDerived, desired.derived) : gone(id, liveDerived)),
    ...importWrite,
    ...slices,
    ...planStatus({
      member: id,
      rank: RANK.importStatus,
      kind: "ServiceImport",
      object: desired.import,
      live: service.import,
      wanted: [desired.ready],
      rest: { clusters: status.clusters, endpointSliceObjects: status.endpointSliceObjects },
      optional: ["endpointSliceObjects"],
      written: importWrite.length > 0,
    }),
    ...stale.flatMap((s) => gone(id, s)),
  ];
}

function sourceOf(slice: { readonly metadata: ServiceExport["metadata"] }): string {
  return slice.metadata.labels?.[LABEL.sourceCluster] ?? "";
}

function gone(member: string, service: Service | undefined): readonly Change[] {
  return service ? [removal(member, RANK.removeDerived, "Service", service)] : [];
}

/** What stands in a member that no longer imports, or no longer can, is ours to take away if we made the import, or it outlived the import. */
function mine({ id, service }: Readable, { intent, standing: stand }: Deciding): boolean {
  if (service.namespace !== "active") return false;
  // Nobody exports any more, as far as can be told; while a member is held, that cannot be told (KEP-1645: empty is not unreadable).
  if (intent.importTo.includes(id) && stand.held.length > 0) return false;
  if (isOurs(service.import)) return ownerOf(service.import) === intent.owner;
  const owners = service.derived.filter((s) => standsFor(s, intent.key)).map(ownerOf);
  // Slices come after the derived Service and go before it: alone, they are what an interrupted run left.
  const ours = owners.length > 0 || service.importedSlices.length > 0;
  return (ours || !service.import) && owners.every((owner) => owner === intent.owner);
}

/**
 * A person's import that nobody exports to, or not any more: its address stays while it lives (KEP-1645, ClusterSetIP), and nothing is
 * behind it.
 */
function waiting({ id, service }: Readable, { namespace, name }: Key): readonly Change[] {
  const live = service.import;
  if (!live || service.namespace !== "active") return [];
  return [
    ...service.importedSlices.map(({ object }) => removal(id, RANK.removeSlice, "EndpointSlice", object)),
    ...planStatus({
      member: id,
      rank: RANK.importStatus,
      kind: "ServiceImport",
      object: live,
      live,
      wanted: [importReady.pending(`no cluster exports ${namespace}/${name}`)],
      rest: { clusters: [], endpointSliceObjects: "Absent" },
      optional: ["endpointSliceObjects"],
      written: false,
    }),
  ];
}

/** In the reverse of the order in which they were made. */
function withdrawal({ id, service }: Readable, key: Key): readonly Change[] {
  return [
    ...service.importedSlices.map(({ object }) => removal(id, RANK.removeSlice, "EndpointSlice", object)),
    ...(service.import ? takenBack(id, service.import) : []),
    ...service.derived.filter((s) => standsFor(s, key)).flatMap((s) => gone(id, s)),
  ];
}

/** A person's import stays, without what we wrote on it. */
function takenBack(id: string, live: ServiceImport): readonly Change[] {
  if (isOurs(live)) return [removal(id, RANK.removeImport, "ServiceImport", live)];
  const released = planImport(id, live, releasedImport(live));
  const status = planStatus({
    member: id,
    rank: RANK.importStatus,
    kind: "ServiceImport",
    object: live,
    live,
    wanted: [importReady.pending("not served any more")],
    rest: { clusters: [], endpointSliceObjects: "Absent" },
    optional: ["endpointSliceObjects"],
    written: released.length > 0,
  });
  return [...released, ...status];
}

function collisions({ views, imported, intent }: Deciding): readonly Finding[] {
  const sources = (imported?.constituents ?? []).flatMap(({ cluster }) => {
    const view = views.find((v) => v.id === cluster);
    return view?.state === "read" ? [{ cluster, slices: view.service.sourceSlices }] : [];
  });
  const colliding = [...collidingAddresses(sources)];
  const first = colliding[0];
  if (!first) return [];
  const [address, clusters] = first;
  const more = colliding.length > 1 ? ` and ${colliding.length - 1} more` : "";
  return [
    {
      message:
        `Service ${intent.key.namespace}/${intent.key.name}: address ${address}${more} is claimed by ${clusters.join(" and ")}: ` +
        "kube-proxy takes them for one backend; give the clusters pod ranges that do not overlap",
    },
  ];
}
