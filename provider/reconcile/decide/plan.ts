/** PURE. One member as it is + as it should be → the writes, in a fixed order, and only for what differs. */
import type { Condition, EndpointSlice, KubeObject, Service, ServiceExport, ServiceImport } from "../../mcs/api";
import { compareText, same } from "../../mcs/canonical";
import { withConditions } from "../../mcs/merge/conditions";
import type { WantedCondition } from "../../mcs/merge/conditions";
import { comparableSpec, mustBeReplaced } from "../../mcs/derive/derived-service";
import { isReady } from "../../mcs/derive/endpoints";
import { endpointCounts } from "../../mcs/derive/slice-digest";
import { withTrigger } from "../../mcs/derive/trigger-time";
import { ANNOTATION, LABEL, ownerOf } from "../../mcs/marks";
import type { ImportedSlice } from "../../mcs/observed";
import { PENDING } from "../../mcs/pending";
import { RANK } from "./change";
import type { Change, Rank } from "./change";
import { fieldChanges } from "../field-changes";

export function planExport(member: string, live: ServiceExport | undefined, wanted: ServiceExport): readonly Change[] {
  return upsert({ member, rank: RANK.export, kind: "ServiceExport" }, live, wanted, metadataAndSpec);
}

export function planDerived(member: string, live: Service | undefined, wanted: Service): readonly Change[] {
  const slot = { member, rank: RANK.derived, kind: "Service" } as const;
  if (live && mustBeReplaced(live, wanted)) {
    const fields = differences(live, wanted, serviceForm);
    return [{ ...slot, verb: "replace", object: wanted, replaced: live, fields }];
  }
  return upsert(slot, live, wanted, serviceForm);
}

export function planImport(member: string, live: ServiceImport | undefined, wanted: ServiceImport): readonly Change[] {
  const told = (object: ServiceImport) => object.metadata.annotations?.[ANNOTATION.derivedService];
  const rank = live && told(live) !== told(wanted) ? RANK.movedImport : RANK.import;
  return upsert({ member, rank, kind: "ServiceImport" }, live, wanted, metadataAndSpec);
}

export interface SlicesArgs {
  readonly member: string;
  readonly live: readonly ImportedSlice[];
  readonly wanted: readonly EndpointSlice[];
  /** What is not wanted and not removed all the same: its source cannot be read, or it is another owner's. */
  readonly stays: (slice: KubeObject) => boolean;
  /** The owner has a state: a slice that tells no owner (0.1.0 wrote none) is its own. @default false */
  readonly established?: boolean;
}

export function planSlices({ member, live, wanted, stays, established = false }: SlicesArgs): readonly Change[] {
  const byName = new Map(live.map((slice) => [slice.object.metadata.name, slice]));
  const names = new Set(wanted.map((slice) => slice.metadata.name));
  const written = wanted.flatMap((slice) => planSlice(member, byName.get(slice.metadata.name), { slice, established }));
  const removed = live
    .filter(({ object }) => !names.has(object.metadata.name) && !stays(object))
    .map((slice) => sliceRemoval(member, slice));
  return [...written, ...removed];
}

/** With the number of endpoints that go, where its metadata tells: then nobody has to read them to count them. */
export function sliceRemoval(member: string, { object, hash }: ImportedSlice): Change {
  const change = removal(member, RANK.removeSlice, "EndpointSlice", object);
  const { annotations = {} } = object.metadata;
  const tells = hash !== undefined && hash === annotations[ANNOTATION.contentHash];
  if (!tells || annotations[ANNOTATION.endpointCount] === undefined) return change;
  return { ...change, endpoints: { added: 0, removed: endpointCounts(object).total, changed: 0 } };
}

/** In place of the fields of a slice's content, of which the plan knows no more than the digest. */
export const CONTENT = "endpoints or ports";

function planSlice(
  member: string,
  live: ImportedSlice | undefined,
  { slice: wanted, established }: { readonly slice: EndpointSlice; readonly established: boolean },
): readonly Change[] {
  const slot = { member, kind: "EndpointSlice" } as const;
  if (!live) {
    const annotations = withTrigger(wanted.metadata.annotations ?? {});
    const object = { ...wanted, metadata: { ...wanted.metadata, annotations } };
    return [{ ...slot, rank: RANK.newSlice, verb: "create", object, fields: [] }];
  }
  const { metadata } = live.object;
  const labels = { ...withoutKey(metadata.labels, LABEL.headless), ...wanted.metadata.labels };
  const isOther = live.hash !== wanted.metadata.annotations?.[ANNOTATION.contentHash];
  const stands = withoutKey(metadata.annotations, ANNOTATION.notReady);
  const { [ANNOTATION.triggerTime]: _time, ...told } = wanted.metadata.annotations ?? {};
  const annotations = isOther
    ? {
        ...withoutKey(stands, ANNOTATION.triggerTime),
        ...withTrigger(wanted.metadata.annotations ?? {}, metadata.annotations ?? {}),
      }
    : { ...stands, ...told };
  const { ownerReferences } = wanted.metadata;
  const unowned = established && ownerOf(live.object) === undefined;
  const fields = [
    ...fieldChanges(
      { labels: metadata.labels, ownerReferences: owners(metadata) },
      { labels, ownerReferences: owners(wanted.metadata) },
      "metadata",
    ),
    ...(isOther ? [CONTENT] : []),
    // Where the content differs, what the metadata tells of it follows.
    ...(live.hash === annotations[ANNOTATION.contentHash]
      ? fieldChanges(telling(metadata.annotations), telling(annotations), "metadata.annotations")
      : []),
    ...(unowned ? [] : fieldChanges(owning(metadata.annotations), owning(annotations), "metadata.annotations")),
  ];
  if (fields.length === 0) return [];
  const object: EndpointSlice = {
    ...wanted,
    metadata: { ...withoutManagedFields(live.object).metadata, labels, annotations, ownerReferences },
  };
  const rank = (wanted.endpoints ?? []).some(isReady) ? RANK.changedSlice : RANK.emptiedSlice;
  const unchanged = !fields.includes(CONTENT) && { endpoints: { added: 0, removed: 0, changed: 0 } };
  return [{ ...slot, rank, verb: "update", object, fields, ...unchanged }];
}

/** What a slice's metadata tells of its content. */
function telling(annotations: Readonly<Record<string, string>> = {}): Readonly<Record<string, string | undefined>> {
  const keys = [ANNOTATION.contentHash, ANNOTATION.endpointCount, ANNOTATION.notReady];
  return Object.fromEntries(keys.map((key) => [key, annotations[key]]));
}

function owning(annotations: Readonly<Record<string, string>> = {}): Readonly<Record<string, string | undefined>> {
  return { [ANNOTATION.owner]: annotations[ANNOTATION.owner] };
}

function owners({ ownerReferences = [] }: KubeObject["metadata"]): readonly object[] {
  return ownerReferences
    .map(({ apiVersion, kind, name, uid }) => ({ apiVersion, kind, name, uid }))
    .sort((a, b) => compareText(a.uid, b.uid));
}

export interface StatusArgs {
  readonly member: string;
  readonly rank: Rank;
  readonly kind: "ServiceExport" | "ServiceImport";
  /** As it will be when its status is written. */
  readonly object: ServiceExport | ServiceImport;
  readonly live: ServiceExport | ServiceImport | undefined;
  readonly wanted: readonly WantedCondition[];
  /** Beside the conditions. */
  readonly rest?: Readonly<Record<string, unknown>>;
  /** Fields that this server may not know: their absence from the live object is no difference. */
  readonly optional?: readonly string[];
  /** The object itself is written in this plan too. */
  readonly written: boolean;
}

export function planStatus({
  member,
  rank,
  kind,
  object,
  live,
  wanted,
  rest = {},
  optional = [],
  written,
}: StatusArgs): readonly Change[] {
  const conditions = live?.status?.conditions ?? [];
  const generation = live?.metadata.generation;
  const next = { ...rest, conditions: withConditions(conditions, wanted, { now: PENDING, generation }) };
  const current = Object.fromEntries(Object.entries(live?.status ?? {}).filter(([field]) => field in next)) as Record<
    string,
    unknown
  >;
  const comparable = Object.fromEntries(
    Object.entries(next).filter(([field]) => !optional.includes(field) || field in current),
  );
  if (!written && same(current, comparable)) return [];
  return [
    {
      member,
      rank,
      kind,
      verb: "status",
      object,
      fields: statusFields(current, comparable),
      status: { live: conditions, wanted, rest },
      unannounced: written,
    },
  ];
}

/** "status.conditions[Conflict]: False/NoConflicts => True/PortConflict": times are noise to a reader. */
function statusFields(live: Record<string, unknown>, next: Record<string, unknown>): readonly string[] {
  const shown = (status: Record<string, unknown>, tell: (condition: Condition) => unknown) => ({
    ...status,
    conditions: Object.fromEntries(
      ((status["conditions"] ?? []) as readonly Condition[]).map((c) => [c.type, tell(c)]),
    ),
  });
  const changes = (tell: (condition: Condition) => unknown) =>
    fieldChanges(shown(live, tell), shown(next, tell), "status");
  const fields = changes((c) => `${c.status}/${c.reason}`);
  return fields.length > 0 ? fields : changes(({ message, observedGeneration }) => ({ message, observedGeneration }));
}

export function removal(member: string, rank: Rank, kind: Change["kind"], object: KubeObject): Change {
  return { member, rank, kind, verb: "remove", object, fields: [] };
}

/** By rank, then member, kind and name: the same inputs give the same list, whoever plans. */
export function inOrder(changes: readonly Change[]): readonly Change[] {
  return [...changes].sort(
    (a, b) =>
      a.rank - b.rank ||
      compareText(a.member, b.member) ||
      compareText(a.kind, b.kind) ||
      compareText(a.object.metadata.name, b.object.metadata.name),
  );
}

type Slot = Pick<Change, "member" | "rank" | "kind">;

function upsert<T extends KubeObject>(
  slot: Slot,
  live: T | undefined,
  wanted: T,
  form: (object: T) => unknown,
): readonly Change[] {
  if (!live) return [{ ...slot, verb: "create", object: wanted, fields: [] }];
  const fields = differences(live, wanted, form);
  return fields.length === 0 ? [] : [{ ...slot, verb: "update", object: withoutManagedFields(wanted), fields }];
}

function differences<T extends KubeObject>(live: T, wanted: T, form: (object: T) => unknown): readonly string[] {
  return fieldChanges(form(live), form(wanted));
}

function metadataAndSpec({ metadata, ...rest }: KubeObject & { readonly spec?: unknown }): unknown {
  return {
    metadata: { labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} },
    spec: rest.spec ?? {},
  };
}

function serviceForm({ metadata, spec }: Service): unknown {
  return {
    metadata: { labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} },
    spec: comparableSpec(spec),
  };
}

function withoutKey(map: Readonly<Record<string, string>> = {}, key: string): Readonly<Record<string, string>> {
  return key in map ? Object.fromEntries(Object.entries(map).filter(([k]) => k !== key)) : map;
}

/** The server keeps them itself, and refuses some of what it sent. */
function withoutManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields, ...metadata } = object.metadata;
  void managedFields;
  return { ...object, metadata };
}
