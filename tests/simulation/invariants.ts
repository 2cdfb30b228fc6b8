/** What must hold after every write that a member accepts. */
import type { EndpointSlice, KubeObject, ServiceExport, ServiceImport } from "../../provider/mcs/api";
import type { Lease } from "../../provider/mcs/process-objects";
import { canonical } from "../../provider/mcs/canonical";
import { recordedSettings } from "../../provider/mcs/derive/owner-settings";
import { ANNOTATION, isOurs, ownerOf } from "../../provider/mcs/marks";
import { objectKey } from "../../provider/mcs/object-key";
import type { Kind } from "../../provider/reconcile/member";
import { SYNC_OWNER } from "../../provider/sync/pass/sync-intents";
import type { MemoryChange } from "../support/memory-member";
import { addressesOf, importedKey, type Ledger, sourceOf } from "./ledger";
import type { Timeline } from "./timeline";
import type { Weather } from "./weather";

/** Who writes: a process of ours. */
export interface Actor {
  readonly name: string;
  /** A stack: what it wants. Absent: sync. */
  readonly stack?: StackRole;
  /** How long it did not run, where that ended just now: as old may be what it goes by. */
  stoodStillMs(): number;
}

export interface StackRole {
  readonly owner: string;
  readonly key: string;
  readonly adopt: boolean;
  readonly exportFrom: readonly string[];
  readonly importTo: readonly string[];
}

export interface InvariantsOptions {
  readonly time: Timeline;
  readonly ledger: Ledger;
  readonly weather: Weather;
  /** Milliseconds that what a process knows may be behind what is so. */
  readonly lagMs: number;
  readonly broken: (what: string) => void;
}

export interface Invariants {
  /** Before the ledger keeps it. @param actor undefined: people */
  changing(member: string, change: MemoryChange, actor: Actor | undefined): void;
  /** After it. */
  changed(member: string, change: MemoryChange, actor: Actor | undefined): void;
  /** A process that was elected sends a write. */
  sent(identity: string, lease: Lease | undefined, what: string): void;
  /** Nobody of ours may touch it from now on. */
  plant(member: string, kind: Kind, object: KubeObject): void;
  /** Something happened to the service, or to all, that what was written may follow. */
  touch(key?: string): void;
}

const OURS: readonly Kind[] = ["ServiceExport", "ServiceImport", "Service", "EndpointSlice"];

export function invariants({ time, ledger, weather, lagMs, broken }: InvariantsOptions): Invariants {
  const planted = new Set<string>();
  const written = new Map<string, { readonly content: string; readonly at: number }[]>();
  const touched = new Map<string, number>();

  const isOld = (since: number | undefined, horizon: number) => since !== undefined && since <= horizon;

  function lost(importer: string, slice: KubeObject, after: KubeObject | undefined, actor: Actor): void {
    const [key, source] = [importedKey(slice), sourceOf(slice)];
    if (key === undefined || source === undefined) return;
    const stays = new Set(ledger.imported(importer, key, source));
    const gone = addressesOf(slice as EndpointSlice).filter((address) => !stays.has(address));
    if (gone.length === 0 || mayRemove(actor.stack, importer, source)) return;
    const unread = [source, importer].flatMap((id) => weather.unreadSince(id) ?? []);
    const horizon = Math.min(time.now(), ...unread) - lagMs - actor.stoodStillMs();
    if (!isOld(ledger.importedSince(importer, key), horizon) || isDropped(importer, key, source)) return;
    for (const address of gone.filter((it) => isOld(ledger.exportedSince(source, key, it), horizon)))
      broken(
        `${actor.name} takes ${address} of ${source} away from ${key} in ${importer}${after ? "" : ", with its slice"}`,
      );
  }

  /** By the policy of the import's stack, after as long as it gives. */
  function isDropped(importer: string, key: string, source: string): boolean {
    const { unreachable } = recordedSettings(ledger.find<ServiceImport>(importer, "ServiceImport", key));
    const since = weather.unreadSince(source) ?? ledger.doubtedSince(source);
    if (unreachable?.do !== "drop" || since === undefined) return false;
    return time.now() - since >= unreachable.afterSeconds * 1_000 - 1_000;
  }

  /** What a process of ours may do to what is not its own. */
  function foreign(member: string, { kind, before, after }: MemoryChange, { name, stack }: Actor): void {
    const what = `${kind} ${objectKey((before ?? after)!)} in ${member}`;
    if (planted.has(`${member} ${what}`)) return broken(`${name} touches ${what}, which is not ours`);
    if (!before || kind === "EndpointSlice") {
      if (before && !isOurs(before)) broken(`${name} touches ${what}, which is not ours`);
      return;
    }
    const owner = ownerOf(before);
    const own = stack?.owner ?? SYNC_OWNER;
    if (!after) {
      const isOwn =
        owner === own ||
        (kind === "Service" && isOurs(before) && !ledger.find(member, "ServiceImport", importOf(before)));
      if (!isOwn) broken(`${name} removes ${what}, which is ${owner ?? "a person"}'s`);
      return;
    }
    // A derived Service is its import's, whoever comes first.
    const isTaken = kind !== "Service" && owner !== ownerOf(after) && owner !== undefined && stack?.adopt !== true;
    if (isTaken) broken(`${name} takes over ${what}, which is ${owner}'s`);
    if (kind === "ServiceExport" && owner !== own && stack?.adopt !== true && said(before) !== said(after))
      broken(`${name} changes ${what}, which is ${owner ?? "a person"}'s`);
  }

  function flaps(member: string, { kind, before, after }: MemoryChange, { name }: Actor): void {
    const object = (after ?? before)!;
    const ref = `${member} ${kind} ${objectKey(object)}`;
    const key =
      kind === "EndpointSlice" ? importedKey(object) : kind === "Service" ? importOf(object) : objectKey(object);
    const quietSince = Math.max(touched.get("") ?? 0, touched.get(key ?? "") ?? 0) + lagMs;
    const own = written.get(ref) ?? [];
    const one = { content: contentOf(after), at: time.now() };
    const before2 = own.at(-2);
    if (before2 && before2.at > quietSince && before2.content === one.content)
      broken(`${name} writes ${ref} back to what it was, and nothing has changed`);
    written.set(ref, [...own.slice(-1), one]);
  }

  return {
    changing(member, change, actor) {
      if (!actor || !OURS.includes(change.kind)) return;
      foreign(member, change, actor);
      flaps(member, change, actor);
      if (actor.stack) touched.set(actor.stack.key, time.now());
    },
    changed(member, { kind, before, after }, actor) {
      if (actor && kind === "EndpointSlice" && before) lost(member, before, after, actor);
    },
    sent(identity, lease, what) {
      const holder = lease?.spec?.holderIdentity;
      if (holder !== identity) broken(`${identity} sends ${what}, and ${holder ?? "nobody"} leads`);
    },
    plant: (member, kind, object) => void planted.add(`${member} ${kind} ${objectKey(object)} in ${member}`),
    touch: (key = "") => void touched.set(key, time.now()),
  };
}

function mayRemove(stack: StackRole | undefined, importer: string, source: string): boolean {
  return stack !== undefined && !(stack.importTo.includes(importer) && stack.exportFrom.includes(source));
}

/** The key of the import that a derived Service stands for. */
function importOf({ metadata }: KubeObject): string {
  return metadata.annotations?.[ANNOTATION.importRef] ?? objectKey({ metadata });
}

/** What a person said in an export: all but what the server and its status say. */
function said(object: KubeObject): string {
  const { spec, metadata } = object as ServiceExport;
  return canonical({ spec, labels: metadata.labels, annotations: metadata.annotations });
}

function contentOf(object: KubeObject | undefined): string {
  if (!object) return "";
  const {
    resourceVersion: _version,
    generation: _generation,
    uid: _uid,
    creationTimestamp: _made,
    ...metadata
  } = object.metadata;
  return canonical({ ...object, metadata }).replace(
    /"(lastTransitionTime|[^"]*trigger-time|observedGeneration)":("[^"]*"|\d+)/g,
    "",
  );
}
