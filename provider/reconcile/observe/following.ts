/** What was read of a member, kept up to date from the moment of its lists on, by a reflector of each kind. */
import type { Key, KubeObject } from "../../mcs/api";
import { ANNOTATION, LABEL } from "../../mcs/marks";
import { keyText } from "../../mcs/object-key";
import { within } from "../deadline";
import type { Member, WatchEnd } from "../member";
import { createCompanions } from "../reflect/companions";
import type { Reflected, Reflector } from "../reflect/reflected";
import { reflect } from "../reflect/reflector";
import { type MemberStore, PROJECTION } from "../store/member-store";
import type { Clock } from "../waiting";

/** Called with the service that something was told of; without one, where it has become known or unknown whether anything more is told. */
export type Changed = (key?: Key) => void;
/** Called when a watch of that kind is open in place of another one, with how that, or the last attempt since, ended. */
export type WatchRestarted = (kind: Followed, after: WatchEnd["reason"]) => void;

export interface Following {
  /** Everything is told as it happens. */
  isLive(): boolean;
  /** Milliseconds of `waiting`: until when it was. 0: not yet. */
  wasLive(): number;
  /** What was read is not what is there any more, and nobody tells what is: a restored etcd, another CRD. */
  isBroken(): boolean;
  /** We may not watch there: to try again is of no use. */
  isForbidden(): boolean;
  /** Everything is told, or it will not be soon. */
  readonly settled: Promise<void>;
  stop(): void;
}

export interface FollowOptions {
  readonly waiting: Clock;
  readonly changed: Changed;
  /** Namespaces, too: `changed` is told of one that came or went as of a service without a name. Default false. */
  readonly namespaces?: boolean;
  /** Default: nobody is told. */
  readonly watchRestarted?: WatchRestarted;
  /** How the last watch of each kind ended: of an earlier following of the member, too. */
  readonly lastEnds: Map<string, WatchEnd["reason"]>;
}

/**
 * Not namespaces, unless asked for: one that goes takes its objects with it, which is told, and one that comes is looked for where a service misses it.
 * Of slices the metadata of all: a selector would have to be another one with each service that is exported.
 */
const KINDS = ["ServiceExport", "ServiceImport", "Service", "EndpointSlice"] as const;
type Followed = (typeof KINDS)[number] | "Namespace";

/** As long is waited for watches to begin, where what was read is old by now; then it is read again. */
const BEGINNING_SECONDS = 3;

export function follow(
  member: Member,
  store: MemberStore,
  { waiting, changed, namespaces = false, watchRestarted, lastEnds }: FollowOptions,
): Following {
  const companions = createCompanions(waiting);
  let until = 0;
  let wasLive = false;
  let ended: "broken" | "forbidden" | undefined;
  let settle: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (settle = resolve));
  const settled = within(BEGINNING_SECONDS, () => new Error("not all watches have begun"), begun).catch(
    () => undefined,
  );

  const kinds: readonly Followed[] = namespaces ? ["Namespace", ...KINDS] : KINDS;
  const reflectors = kinds.map((kind): Reflector<KubeObject> => {
    const reflector = reflect<Followed, true, KubeObject>(member, kind, {
      metadataOnly: (kind === "EndpointSlice" || kind === "Namespace") as true,
      from: store.listed(kind),
      project: PROJECTION[kind],
      companions,
      clock: waiting,
      ended: (reason) => void lastEnds.set(kind, reason),
      opened() {
        const after = lastEnds.get(kind);
        if (after) watchRestarted?.(kind, after);
      },
    });
    reflector.onChange((changes) => {
      for (const { before, after } of changes) {
        if (after) store.saw(kind, after);
        else if (before) store.sawGone(kind, before);
        servicesOf(kind, before, after).forEach(changed);
      }
      judge();
    });
    return reflector;
  });
  const states = () => reflectors.map((it) => it.current());
  const isLive = () => !ended && states().every(({ state }) => state === "live");
  const stop = () => reflectors.forEach((it) => it.stop());

  function judge(): void {
    const all = states();
    if (all.some(isLost)) ended ??= "broken";
    if (all.some(isForbidden)) ended ??= "forbidden";
    if (ended) stop();
    const live = isLive();
    if (wasLive && !live) until = waiting.now();
    if (live || ended || all.some(({ state }) => state === "stale")) settle();
    if (live !== wasLive) changed();
    wasLive = live;
  }

  return {
    isLive,
    wasLive: () => (isLive() ? waiting.now() : until),
    isBroken: () => ended === "broken",
    isForbidden: () => ended === "forbidden",
    settled,
    stop,
  };
}

function isLost(reflected: Reflected<unknown>): boolean {
  return reflected.state === "listing" || reflected.crd !== "served";
}

function isForbidden(reflected: Reflected<unknown>): boolean {
  return reflected.state === "listed" && reflected.error?.code === "forbidden";
}

/** Two where a label or an annotation has moved it from one to the other: each has to be looked at. */
function servicesOf(kind: Followed, before: KubeObject | undefined, after: KubeObject | undefined): readonly Key[] {
  const keys = [before, after].flatMap((object) => (object ? [serviceOf(kind, object)] : []));
  return [...new Map(keys.map((key) => [keyText(key), key])).values()];
}

/** By its name in the member: of what we made for an import, that of the import. */
function serviceOf(kind: Followed, { metadata }: KubeObject): Key {
  const { namespace = "", name, labels, annotations } = metadata;
  if (kind === "Namespace") return { namespace: name, name: "" };
  if (kind === "Service") {
    const [, imported] = annotations?.[ANNOTATION.importRef]?.split("/") ?? [];
    return { namespace, name: imported ?? name };
  }
  if (kind !== "EndpointSlice") return { namespace, name };
  return { namespace, name: labels?.[LABEL.importName] ?? labels?.[LABEL.serviceName] ?? "" };
}
