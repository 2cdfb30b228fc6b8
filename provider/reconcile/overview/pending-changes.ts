/**
 * PURE. What the owners of a service would write now, by what the clusters themselves tell of them. An owner's settings stand in its state alone,
 * so they are taken from what it wrote; what cannot be learnt there (ranges that a program gives) is taken not to matter.
 */
import type { Key } from "../../mcs/api";
import { derivedServiceName } from "../../mcs/derive/names";
import { DEFAULT_ENDPOINTS_PER_SLICE } from "../../mcs/derive/imported-slices";
import { recordedSettings } from "../../mcs/derive/owner-settings";
import { ANNOTATION, isOurs, ownerOf } from "../../mcs/marks";
import type { View } from "../../mcs/observed";
import type { Change } from "../decide/change";
import { decide } from "../decide/decide";
import type { Finding, Intent } from "../intent";
import { recordedEndpoints, sourceOf } from "./recorded-endpoints";

export interface Pending {
  /** Of the members in which the owner has a part. */
  readonly changes: readonly Change[];
  readonly failures: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** @param now milliseconds since the epoch */
export function pendingChanges(views: readonly View[], key: Key, now: number): Pending {
  const pending = ownersOf(views).map((owner): Pending => {
    const { intent, parts } = partsOf(owner, views, key);
    const { changes, failures, warnings } = decide(views, intent, now);
    const isOwn = ({ member = "" }: { readonly member?: string }) => parts.has(member);
    return {
      changes: changes.filter((change) => isOwn(change) && isTelling(change, intent)),
      failures: failures.filter(isOwn),
      warnings: warnings.filter(isOwn),
    };
  });
  return {
    changes: pending.flatMap(({ changes }) => changes),
    failures: pending.flatMap(({ failures }) => failures),
    warnings: pending.flatMap(({ warnings }) => warnings),
  };
}

/** Courtesies, and the conditions of exports in which others may have their own say, are no news. */
function isTelling({ kind, verb, member, fields }: Change, { exportFrom }: Intent): boolean {
  if (kind === "Event") return false;
  if (kind === "ServiceExport" && verb === "status") return exportFrom.includes(member);
  // The beginning of an outage is kept by the policy "drop" alone, which no object tells.
  return fields.length === 0 || !fields.every((field) => field.includes(ANNOTATION.unreachable));
}

function ownersOf(views: readonly View[]): readonly string[] {
  const owners = views.flatMap((view) => {
    if (view.state === "unreadable") return [];
    const { export: exported, import: imported } = view.service;
    return [ownerOf(exported), ownerOf(imported), imported?.metadata.annotations?.[ANNOTATION.honouredBy]];
  });
  return [...new Set(owners)].filter((owner) => owner !== undefined).sort();
}

interface Parts {
  readonly intent: Intent & { readonly derivedName: string };
  /** Members in which the owner exports, imports, or serves a person's import. */
  readonly parts: ReadonlySet<string>;
}

function partsOf(owner: string, views: readonly View[], key: Key): Parts {
  const readable = views.flatMap((view) => (view.state === "read" ? [view] : []));
  const exporting = readable.filter(({ service }) => ownerOf(service.export) === owner);
  const importing = readable.filter(({ service }) => ownerOf(service.import) === owner);
  const honoured = readable.filter(
    ({ service }) => !isOurs(service.import) && service.import?.metadata.annotations?.[ANNOTATION.honouredBy] === owner,
  );
  const [exported] = exporting.map(({ service }) => service.export);
  const [imported] = [...importing, ...honoured].map(({ service }) => service.import);
  const told = (exported ?? imported)?.metadata.annotations ?? {};
  const slices = [...importing, ...honoured].flatMap(({ service }) => service.importedSlices);
  const { exportedLabels, exportedAnnotations } = exported?.spec ?? {};
  const recorded = recordedSettings(imported);
  const intent = {
    key,
    owner,
    established: true,
    adopt: false,
    ownedBy: told[ANNOTATION.ownedBy],
    place: told[ANNOTATION.place],
    exportFrom: exporting.map(({ id }) => id).sort(),
    importTo: importing.map(({ id }) => id).sort(),
    honour: honoured.length > 0,
    exportedLabels,
    exportedAnnotations,
    derivedName: imported?.metadata.annotations?.[ANNOTATION.derivedService] ?? derivedServiceName(key),
    unreachable: recorded.unreachable,
    maxEndpointsPerSlice:
      recorded.maxEndpointsPerSlice ?? largest(slices.map(({ object }) => recordedEndpoints(object)?.total ?? 0)),
    guessed: true,
    ...(recorded.sources
      ? { sources: recorded.sources }
      : takesSome(told[ANNOTATION.ownedBy]) && { sources: sourcesOf(slices, imported) }),
  };
  return { intent, parts: new Set([...exporting, ...importing, ...honoured].map(({ id }) => id)) };
}

/** A ServiceImport takes the exporters that its `from` names, a MultiClusterService all. */
function takesSome(name: string | undefined): boolean {
  return name?.startsWith("ServiceImport ") ?? false;
}

function sourcesOf(
  slices: (View & { state: "read" })["service"]["importedSlices"],
  imported: (View & { state: "read" })["service"]["import"],
): readonly string[] {
  const told = (imported?.status?.clusters ?? []).map(({ cluster }) => cluster);
  return [...new Set([...slices.map(({ object }) => sourceOf(object)), ...told])].sort();
}

/**
 * The owner's limit is not known. Packed by the largest slice that is there, the same endpoints come into the same slices: a slice is split only
 * where it is larger than the limit.
 */
function largest(totals: readonly number[]): number {
  const most = Math.max(0, ...totals);
  return most > 0 ? most : DEFAULT_ENDPOINTS_PER_SLICE;
}
