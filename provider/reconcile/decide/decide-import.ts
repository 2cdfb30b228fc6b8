/** PURE. One importing member: what it should hold, and the changes that bring it there, or take back what is no longer imported. */
import type { Key, KubeObject, Service, ServiceImport } from "../../mcs/api";
import { deriveImport, liveDerivedService, standsFor } from "../../mcs/derive/derive";
import type { DesiredImport } from "../../mcs/derive/derive";
import { ANNOTATION, isAnothers, isHolder, isOurs, LABEL, ownerOf } from "../../mcs/marks";
import { importReady, importStatus, isHonoured, releasedImport } from "../../mcs/derive/imported-service";
import { DEFAULT_ENDPOINTS_PER_SLICE } from "../../mcs/derive/imported-slices";
import { type OwnerSettings, recordSettings } from "../../mcs/derive/owner-settings";
import { recordOutages, withoutReadyEndpoints } from "../../mcs/outage/outages";
import type { Outages } from "../../mcs/outage/outages";
import { RANK } from "./change";
import type { Change } from "./change";
import type { Deciding, Readable } from "./deciding";
import { honoured } from "./problems";
import type { Sources } from "./sources";
import { planDerived, planImport, planSlices, planStatus, removal, sliceRemoval } from "./plan";

export interface ImportDecision {
  /** Absent where nothing is imported. */
  readonly desired: DesiredImport | undefined;
  readonly changes: readonly Change[];
}

export function decideImport(member: Readable, context: Deciding, sources: Sources): ImportDecision {
  const { intent, exporters } = context;
  if (importing(member, context)) {
    const named = { ...context, intent: { ...intent, derivedName: derivedNameIn(member, context) } };
    const desired = desiredImport(member, named, sources);
    return { desired, changes: served(member, desired, named) };
  }
  const kept = isKept(member, intent);
  // It went over to this owner after it was told which imports are its own: the next pass knows, and this one takes nothing away.
  if (kept && context.imported !== undefined && !intent.importTo.includes(member.id))
    return { desired: undefined, changes: [] };
  if (kept || honoured(member, context)) {
    const changes = exporters.held.length > 0 ? withdrawn(member, context) : waiting(member, intent.key);
    return { desired: undefined, changes };
  }
  if (intent.keeps) return { desired: undefined, changes: [] };
  if (mine(member, context)) return { desired: undefined, changes: withdrawal(member, intent) };
  const left = intent.honour && isHolder(intent, member.service.import) ? withdrawn(member, context) : [];
  return { desired: undefined, changes: [...left, ...unused(member, intent)] };
}

/**
 * Whether anybody exports cannot be told while a member is held, so the import stays. But who can be read, and does not export any more, takes its
 * endpoints along: that another member is down is nothing to it.
 */
function withdrawn({ id, service }: Readable, { views, exporters }: Deciding): readonly Change[] {
  const heard = new Set(views.flatMap((view) => (exporters.held.includes(view.id) ? [] : [view.id])));
  return service.importedSlices
    .filter(({ object }) => heard.has(sourceOf(object)))
    .map((slice) => sliceRemoval(id, slice));
}

/** The import of an owner for whom it is only kept current: to end it is the owner's. */
function isKept({ service }: Readable, intent: Deciding["intent"]): boolean {
  return intent.keeps === true && isHolder(intent, service.import);
}

/** Ours to serve: asked for, or written by a person and to be honoured. The namespace must be there (KEP-1645, namespace sameness). */
function importing(member: Readable, context: Deciding): boolean {
  const asked = context.intent.importTo.includes(member.id) || honoured(member, context);
  return context.imported !== undefined && member.service.namespace === "active" && asked;
}

function desiredImport(member: Readable, context: Deciding, { taken, terms }: Sources): DesiredImport {
  const { intent, imported } = context;
  const desired = deriveImport(member, {
    key: intent.key,
    owner: intent.owner,
    ownedBy: intent.ownedBy,
    place: intent.place,
    established: intent.established,
    derivedName: intent.derivedName,
    maxEndpoints: intent.maxEndpointsPerSlice ?? DEFAULT_ENDPOINTS_PER_SLICE,
    merged: imported!,
    exporters: taken,
    terms: terms!,
    // Only what is asked for is taken over; what a person wrote elsewhere is honoured as it is.
    adopt: intent.adopt && intent.importTo.includes(member.id),
  });
  const recorded = recordOutages(desired.import, concerning(member, context), member.service.skewMs);
  return {
    ...desired,
    import:
      desired.handWritten || intent.keeps || intent.guessed ? recorded : recordSettings(recorded, settings(context)),
  };
}

/** That every member is a source is the default, also where the program names each. */
function settings({ intent, views }: Deciding): OwnerSettings {
  const { unreachable, maxEndpointsPerSlice, sources } = intent;
  const isPart = sources && views.some(({ id }) => !sources.includes(id));
  return { unreachable, maxEndpointsPerSlice, ...(isPart && { sources }) };
}

/** The outages of the clusters that this import gets, or got, endpoints from: that another member is down is nothing to it. */
function concerning({ service }: Readable, { imported, outages }: Deciding): Outages {
  const sources = new Set([
    ...(imported?.constituents ?? []).map(({ cluster }) => cluster),
    ...service.importedSlices.map(({ object }) => sourceOf(object)),
  ]);
  return new Map([...outages].filter(([id]) => sources.has(id)));
}

/** While a source cannot be read, its slices cannot go over to a Service of another name: the service waits for it under the old one. */
function derivedNameIn({ service }: Readable, { intent, exporters }: Deciding): string {
  const kept = service.importedSlices.find(({ object }) => exporters.held.includes(sourceOf(object)));
  const name = kept?.object.metadata.labels?.[LABEL.serviceName];
  const there = service.derived.find((s) => s.metadata.name === name && standsFor(s, intent));
  return there?.metadata.name ?? intent.derivedName;
}

function served(member: Readable, desired: DesiredImport, context: Deciding): readonly Change[] {
  const { id, service } = member;
  const { intent, outages } = context;
  const liveDerived = liveDerivedService(service, intent, intent.derivedName);
  // A Service that the import does not lead to serves nobody. Another's may be there to take the import over, unless it is we who do so.
  const comes = (object: KubeObject) => intent.established === true && isComing(object, member, intent);
  const stale = service.derived.filter((s) => standsFor(s, intent) && s !== liveDerived && !comes(s));
  const importWrite = planImport(id, service.import, desired.import);
  const lasting = service.importedSlices.filter(({ object }) => {
    const outage = outages.get(sourceOf(object));
    return outage !== undefined && outage.treatment !== "remove";
  });
  const notReady = lasting.flatMap((slice) => withoutReadyEndpoints(slice) ?? []);
  const kept = [...outages].flatMap(([source, { treatment }]) => (treatment === "remove" ? [] : [source]));
  const slices = planSlices({
    member: id,
    live: service.importedSlices,
    wanted: [...desired.slices, ...notReady],
    stays: (object) => kept.includes(sourceOf(object)) || comes(object),
    established: intent.established,
  });
  const status = importStatus({
    merged: context.imported!,
    ready: desired.ready,
    slices: desired.slices.length + lasting.length,
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
    ...stale.map((s) => removal(id, RANK.removeStale, "Service", s)),
  ];
}

function sourceOf(slice: KubeObject): string {
  return slice.metadata.labels?.[LABEL.sourceCluster] ?? "";
}

/** Of another owner, who makes its own Service and fills it before it takes over the import. */
function isComing(object: KubeObject, { service }: Readable, intent: Deciding["intent"]): boolean {
  if (!isAnothers(intent, object)) return false;
  const fed = object.metadata.labels?.[LABEL.serviceName];
  return fed === undefined || !service.derived.some((s) => s.metadata.name === fed && !isAnothers(intent, s));
}

function gone(member: string, service: Service | undefined): readonly Change[] {
  return service ? [removal(member, RANK.removeDerived, "Service", service)] : [];
}

/** What stands in a member that no longer imports, or no longer can, is ours to take away if we made the import, or it outlived the import. */
function mine({ id, service }: Readable, { intent, exporters }: Deciding): boolean {
  if (service.namespace !== "active") return false;
  // Nobody exports any more, as far as can be told; while a member is held, that cannot be told (KEP-1645: empty is not unreadable).
  if (intent.importTo.includes(id) && exporters.held.length > 0) return false;
  if (isOurs(service.import)) return isHolder(intent, service.import);
  const derived = service.derived.filter((s) => standsFor(s, intent));
  // Slices come after the derived Service and go before it: alone, they are what an interrupted run left.
  const slices = service.importedSlices.filter(({ object }) => ownerOf(object) !== undefined);
  return [...derived, ...slices.map(({ object }) => object)].every((object) => isHolder(intent, object));
}

/**
 * An import that is not ours to end, and that nobody exports to, or not any more: its address stays while it lives (KEP-1645, ClusterSetIP), and nothing is
 * behind it.
 */
function waiting({ id, service }: Readable, { namespace, name }: Key): readonly Change[] {
  const live = service.import;
  if (!live || service.namespace !== "active") return [];
  return [
    ...service.importedSlices.map((slice) => sliceRemoval(id, slice)),
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

/** In the reverse of the order in which they were made, and without what another owner, who is just taking over, has marked by now. */
function withdrawal(member: Readable, intent: Deciding["intent"]): readonly Change[] {
  const { id, service } = member;
  const slices = service.importedSlices.filter(({ object }) => !isComing(object, member, intent));
  const derived = service.derived.filter((s) => standsFor(s, intent) && !isComing(s, member, intent));
  return [
    ...slices.map((slice) => sliceRemoval(id, slice)),
    ...(service.import ? takenBack(id, service.import, intent) : []),
    ...derived.map((s) => removal(id, RANK.removeDerived, "Service", s)),
  ];
}

/** What we made to take over an import that stayed, or came to be, another owner's: it leads elsewhere, and nobody else takes ours away. */
function unused({ id, service }: Readable, intent: Deciding["intent"]): readonly Change[] {
  const ledTo = service.import?.metadata.annotations?.[ANNOTATION.derivedService];
  if (!service.import || !isAnothers(intent, service.import) || ledTo === undefined) return [];
  if (service.namespace !== "active" || intent.importTo.includes(id)) return [];
  const derived = service.derived.filter((s) => isHolder(intent, s) && s.metadata.name !== ledTo);
  const fed = new Set(derived.map(({ metadata }) => metadata.name));
  const slices = service.importedSlices.filter(
    ({ object }) => fed.has(object.metadata.labels?.[LABEL.serviceName] ?? "") && !isAnothers(intent, object),
  );
  return [
    ...slices.map((slice) => sliceRemoval(id, slice)),
    ...derived.map((s) => removal(id, RANK.removeDerived, "Service", s)),
  ];
}

/** A person's import stays, without what we wrote on it; one that we never wrote on stays as it is. */
function takenBack(id: string, live: ServiceImport, { owner }: Deciding["intent"]): readonly Change[] {
  if (isOurs(live)) return [removal(id, RANK.removeImport, "ServiceImport", live)];
  if (!isHonoured(live, owner)) return [];
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
