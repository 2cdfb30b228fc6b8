/**
 * What was read of a member, kept up to date by watches from the moment of its lists on. Where one of them cannot go on, all lists are read again:
 * no watch says what it did not tell.
 */
import type { Key, KubeObject } from "../../mcs/api";
import { ANNOTATION, LABEL } from "../../mcs/marks";
import { within } from "../deadline";
import type { Member, WatchEnd } from "../member";
import type { MemberStore } from "../store/member-store";
import { backoff, type Clock } from "../waiting";

/** Called with the service that something was told of; without one, where nothing more is told of any. */
export type Changed = (key?: Key) => void;

export interface Following {
  /** Everything is told as it happens. */
  isLive(): boolean;
  /** Milliseconds of `waiting`: until when it was. 0: not yet. */
  wasLive(): number;
  /** We may not watch there: to try again is of no use. */
  isForbidden(): boolean;
  /** All watches have begun, or one cannot. */
  readonly settled: Promise<void>;
  stop(): void;
}

export interface FollowOptions {
  /** By which is waited before a watch is begun again. */
  readonly waiting: Clock;
  readonly changed: Changed;
}

/**
 * Not namespaces: one that goes takes its objects with it, which is told, and one that comes is looked for where a service misses it.
 * Of slices the metadata of all: a selector would have to be another one with each service that is exported.
 */
const KINDS = ["ServiceExport", "ServiceImport", "Service", "EndpointSlice"] as const;
type Followed = (typeof KINDS)[number];

/** As long is waited for watches to begin, where what was read is old by now; then it is read again. */
const BEGINNING_SECONDS = 3;

export function follow(member: Member, store: MemberStore, options: FollowOptions): Following {
  const { waiting } = options;
  const stopping = new AbortController();
  const standing = new Set<Followed>();
  let broken = false;
  let forbidden = false;
  let until = 0;
  let settle: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (settle = resolve));
  const settled = within(BEGINNING_SECONDS, () => new Error("not all watches have begun"), begun).catch(
    () => undefined,
  );
  const isLive = () => !broken && standing.size === KINDS.length;

  const watching: Watching = {
    signal: stopping.signal,
    stands(kind) {
      standing.add(kind);
      if (isLive()) settle();
    },
    falls(kind) {
      if (isLive()) until = waiting.now();
      standing.delete(kind);
    },
    tell(kind, event) {
      if (event.type === "deleted") store.sawGone(kind, event.object);
      else store.saw(kind, event.object);
      options.changed(serviceOf(kind, event.object));
    },
  };
  for (const kind of KINDS) {
    const from = store.resourceVersion(kind);
    void keepWatching(member, kind, { ...options, ...watching, from }).then(
      (end) => breakOff(kind, end),
      () => breakOff(kind),
    );
  }

  function breakOff(kind: Followed, end?: WatchEnd): void {
    watching.falls(kind);
    broken = true;
    forbidden ||= end?.reason === "refused" && end.error.code === "forbidden";
    stopping.abort();
    options.changed();
    settle();
  }

  return {
    isLive,
    wasLive: () => (isLive() ? waiting.now() : until),
    isForbidden: () => forbidden,
    settled,
    stop: () => stopping.abort(),
  };
}

interface Watching {
  readonly signal: AbortSignal;
  stands(kind: Followed): void;
  falls(kind: Followed): void;
  tell(kind: Followed, event: { readonly type: string; readonly object: KubeObject }): void;
}

/** Ends where it cannot be gone on from what was told, with the reason; without one where there is nothing to begin from. */
async function keepWatching(
  member: Member,
  kind: Followed,
  { from, signal, stands, falls, tell, waiting }: Watching & FollowOptions & { readonly from: string | undefined },
): Promise<WatchEnd | undefined> {
  let resourceVersion = from;
  for (let failed = 0; resourceVersion !== undefined;) {
    let told = false;
    const accepted = () => stands(kind);
    const metadataOnly = kind === "EndpointSlice";
    const watch = member.watch(kind, { metadataOnly, resourceVersion, signal, accepted });
    let next = await watch.next();
    for (; !next.done; next = await watch.next()) {
      told = true;
      resourceVersion = next.value.resourceVersion;
      if (next.value.type !== "bookmark") tell(kind, next.value);
    }
    falls(kind);
    if (isFinal(next.value, told)) return next.value;
    failed = told ? 1 : failed + 1;
    await waiting.wait(backoff(failed, waiting.jitter()));
  }
  return undefined;
}

/** A CRD that changes ends the watches of its kind without a word, and soon after they begin. */
function isFinal({ reason }: WatchEnd, told: boolean): boolean {
  return reason === "expired" || reason === "refused" || reason === "stopped" || (reason === "clean" && !told);
}

/** By its name in the member: of what we made for an import, that of the import. */
function serviceOf(kind: Followed, { metadata }: KubeObject): Key {
  const { namespace = "", name, labels, annotations } = metadata;
  if (kind === "Service") {
    const [, imported] = annotations?.[ANNOTATION.importRef]?.split("/") ?? [];
    return { namespace, name: imported ?? name };
  }
  if (kind !== "EndpointSlice") return { namespace, name };
  return { namespace, name: labels?.[LABEL.importName] ?? labels?.[LABEL.serviceName] ?? "" };
}
