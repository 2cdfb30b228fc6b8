/**
 * PURE. What the process is responsible for in one service. What resources of a stack made it only keeps current, on the terms that their owners
 * recorded on the import; what a person wrote it serves as it is; and what nobody else imports it imports itself, if it is asked to.
 */
import type { Key, ServiceImport } from "../../mcs/api";
import { recordedSettings } from "../../mcs/derive/owner-settings";
import { ANNOTATION, isOurs, ownerOf } from "../../mcs/marks";
import { keyText } from "../../mcs/object-key";
import type { Intent } from "../../reconcile/intent";
import type { Snapshot } from "../../reconcile/observe/snapshot";

/** The mark on what the process itself makes. */
export const SYNC_OWNER = "pulumi-mcs-sync";
const SYNC_NAME = "pulumi-mcs sync";

export interface SyncPolicy {
  /** Make an import in every member that has the namespace, of whatever any of them exports (KEP-1645). */
  readonly autoImport: boolean;
  /** See `Intent.confirmed`. Asked anew for each pass. Default: nobody watches. */
  readonly confirmed?: () => ReadonlyMap<string, number>;
}

/**
 * In the order of owners, the process's own last: theirs may be what it waits for.
 * @param known members that can be read
 * @param policy with the others: one that can be read again by the time it is looked at must not seem to be one in which nothing is wanted
 */
export function syncIntents(
  key: Key,
  known: ReadonlyMap<string, Snapshot>,
  policy: SyncPolicy & { readonly unread: readonly string[] },
): readonly Intent[] {
  const text = keyText(key);
  const imports = [...known].flatMap(([id, { imports: all }]) => {
    const live = all.get(text);
    return live ? [{ id, live }] : [];
  });
  const owned = imports.filter(({ live }) => isOurs(live) && ownerOf(live) !== SYNC_OWNER);
  const owners = [...Map.groupBy(owned, ({ live }) => ownerOf(live))].flatMap(([owner, own]) =>
    owner === undefined ? [] : [{ owner, own }],
  );
  const confirmed = policy.confirmed?.();
  return [
    ...owners.sort((a, b) => (a.owner < b.owner ? -1 : 1)).map(({ owner, own }) => ownersIntent(key, owner, own)),
    ownIntent(key, known, policy),
  ].map((intent) => ({ ...intent, ...(confirmed && { confirmed }) }));
}

function ownersIntent(
  key: Key,
  owner: string,
  own: readonly { readonly id: string; readonly live: ServiceImport }[],
): Intent {
  const { annotations = {} } = own[0]!.live.metadata;
  const { unreachable, ...settings } = recordedSettings(own[0]!.live);
  return {
    key,
    owner,
    ownedBy: annotations[ANNOTATION.ownedBy],
    place: annotations[ANNOTATION.place],
    established: true,
    keeps: true,
    adopt: false,
    exportFrom: [],
    importTo: own.map(({ id }) => id).sort(),
    derivedName: annotations[ANNOTATION.derivedService],
    ...settings,
    // To stop a process that goes on for ever would help nobody: what came from the member stays, and that it cannot be read is told.
    ...(unreachable && { unreachable: unreachable.do === "fail" ? { do: "hold" } : unreachable }),
  };
}

function ownIntent(
  key: Key,
  known: ReadonlyMap<string, Snapshot>,
  { autoImport, unread }: SyncPolicy & { readonly unread: readonly string[] },
): Intent {
  const text = keyText(key);
  const isExported = [...known.values()].some(({ exports }) => exports.has(text));
  const importTo = [...known].flatMap(([id, snapshot]) => {
    const live = snapshot.imports.get(text);
    const isOwn = ownerOf(live) === SYNC_OWNER;
    if (live !== undefined && !isOwn) return [];
    return (isExported || isOwn) && mayImport(snapshot, key) ? [id] : [];
  });
  return {
    key,
    owner: SYNC_OWNER,
    ownedBy: SYNC_NAME,
    established: true,
    adopt: false,
    honour: true,
    exportFrom: [],
    importTo: autoImport ? [...importTo, ...unread].sort() : [],
  };
}

function mayImport({ crds, namespaces }: Snapshot, { namespace }: Key): boolean {
  const there = namespaces.get(namespace);
  return crds === "served" && there !== undefined && there.metadata.deletionTimestamp === undefined;
}
