/**
 * One kind of one member, listed once and kept current by a watch: client-go's reflector. It decides nothing and writes nothing; it says what is
 * kept, and how far that can be trusted. A failed list, an ended watch and a silent one are never taken for "there is nothing".
 */
import { asFailure, MemberError, type MemberErrorCode } from "../member-error";
import type { KubeObject } from "../../mcs/api";
import type { Kind, Listed, Member, Read, WatchEnd, WatchEvent } from "../member";
import { backgroundClock, type Clock } from "../waiting";
import { afterWatch, type EndedWatch, isFruitless } from "./after-watch";
import { type Companions, createCompanions } from "./companions";
import { keptObjects } from "./kept-objects";
import { listKind, type ListedKind } from "./list-kind";
import { createRecovery } from "./recovery";
import type { ChangeListener, Kept, Reflected, Reflector } from "./reflected";
import { hasReached, isBefore } from "./resource-version";
import { sharedNext } from "./shared-next";

export interface ReflectOptions<K extends Kind, M extends boolean, T> {
  /** Default false. */
  readonly metadataOnly?: M;
  readonly labelSelector?: string;
  /** What is kept of an object; the rest can be forgotten at once. Default: all that was read. Pure. */
  readonly project?: (object: Read<K, M>) => T;
  /** A whole list of a kind that is served, made already: it is watched from there, and not listed first. */
  readonly from?: Listed<KubeObject>;
  /** Shared by the reflectors of one member. Default: it is alone. */
  readonly companions?: Companions;
  /** Default: the process's own, which keeps no process. */
  readonly clock?: Clock;
  /** Told of each watch that is open, and of each end, of an attempt that opened none too. Default: nobody is. */
  readonly opened?: () => void;
  readonly ended?: (reason: WatchEnd["reason"]) => void;
}

/** In so many milliseconds begin the lists of watches that have expired together. */
const EXPIRED_SPREAD_MS = 5_000;
/** Where there is nothing to watch, or we may not: how long until we look again. */
const LOOK_AGAIN_MS = 30_000;
/** How long an open watch is waited for to tell of what is known to have happened. */
const NOT_TOLD_MS = 5_000;
/** Of the member, not of this kind. */
const OF_THE_MEMBER: readonly MemberErrorCode[] = ["unreachable", "unauthorized", "unavailable", "kubeconfig"];

/** Begins at once, and goes on until it is stopped. */
export function reflect<K extends Kind, M extends boolean = false, T = Read<K, M>>(
  member: Member,
  kind: K,
  options: ReflectOptions<K, M, T> = {},
): Reflector<T> {
  const { clock = backgroundClock, metadataOnly = false, labelSelector } = options;
  const { companions = createCompanions(clock), project = (object: Read<K, M>) => object as unknown as T } = options;
  const ending = new AbortController();
  const store = keptObjects<T>((object) => project(object as unknown as Read<K, M>));
  const listeners = new Set<ChangeListener<T>>();
  const me = {};
  const own = createRecovery(clock);
  let now: Reflected<T> = fromList(options.from);
  let mustList = now.state === "listing";
  /** Increases when what was read before may be of another history. */
  let history = 0;
  /** Watches that were, in a row. */
  let fruitless = 0;
  let listing: Promise<void> | undefined;
  let watching: AbortController | undefined;
  let pausing: AbortController | undefined;
  let waiting: readonly { readonly wanted: string; readonly told: () => void }[] = [];

  function fromList(from: Listed<KubeObject> | undefined): Reflected<T> {
    if (!from) return { state: "listing" };
    store.replace(from.objects);
    const { resourceVersion } = from;
    return { state: "listed", objects: store.objects, resourceVersion, crd: "served", confirmed: clock.now() };
  }
  function become(next: Reflected<T>, changes: Parameters<ChangeListener<T>>[0] = []): void {
    const isNews = changes.length > 0 || next.state !== now.state || troubleOf(next) !== troubleOf(now);
    now = next;
    if (next.state !== "listing") {
      const due = waiting.filter(({ wanted }) => hasReached(next.resourceVersion, wanted));
      waiting = waiting.filter((one) => !due.includes(one));
      due.forEach(({ told }) => told());
    }
    if (isNews) listeners.forEach((listener) => listener(changes));
  }
  function trouble(error: MemberError): void {
    become(now.state === "listing" ? { state: "listing", error } : { ...now, state: "stale", error });
  }
  const ended = () => new MemberError("unavailable", member.id, `${member.id}: ${kind}s are not watched any more`);

  /** @param atLeast a moment that is early enough; absent: the latest */
  async function list(atLeast?: string): Promise<void> {
    const begun = history;
    const allowance = companions.allowance(me);
    const given = { ...allowance };
    const since = now.state === "listing" ? undefined : now.resourceVersion;
    let listed: ListedKind;
    try {
      listed = await listKind(member, kind, { metadataOnly, labelSelector, atLeast, allowance }, clock);
    } catch (cause) {
      const error = asFailure(cause, member.id);
      if (!ending.signal.aborted && !watching) trouble(error);
      throw error;
    }
    if (ending.signal.aborted) throw ended();
    if (begun !== history) return list();
    companions.recovery.gotThrough();
    companions.holds(me, { bytes: given.bytes - allowance.bytes, values: given.values - allowance.values });
    take(listed, since);
  }

  function take({ objects, resourceVersion = "0", crd }: ListedKind, since: string | undefined): void {
    const isAbsent = crd === "absent";
    if (!isAbsent && since !== undefined && isBefore(resourceVersion, since)) companions.historyChanged();
    if (kind === "Namespace") objects.forEach((object) => companions.saw(object));
    mustList = false;
    // The watch has told more in the meantime.
    if (now.state !== "listing" && !isAbsent && isBefore(resourceVersion, now.resourceVersion)) return;
    const isOther = now.state !== "listing" && (isAbsent || crd !== now.crd);
    if (isOther) watching?.abort();
    const changes = store.replace(objects);
    const kept = { objects: store.objects, resourceVersion, crd, confirmed: clock.now() };
    if (now.state === "live" && !isOther) become({ ...kept, state: "live" }, changes);
    else become({ ...kept, state: "listed", ...(now.state === "listed" && { error: now.error }) }, changes);
  }

  /** Asked for from outside. What can be watched now, and was waited for, is; what may not be, may not be now either. */
  const relist = sharedNext(async () => {
    await list();
    if (isOpening()) pausing?.abort();
  });
  const isOpening = () => now.state === "listed" && now.error === undefined && now.crd !== "absent";

  /** Its end may be asked for in the meantime. */
  async function pause(wait: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    pausing = new AbortController();
    await wait(AbortSignal.any([ending.signal, pausing.signal]));
    pausing = undefined;
  }
  const lookAgain = () => pause((signal) => clock.wait(LOOK_AGAIN_MS * (1 + clock.jitter()), signal));
  function backOff(code: MemberErrorCode | undefined, retryAfterMs?: number): Promise<void> {
    const isOfTheMember = code !== undefined && OF_THE_MEMBER.includes(code);
    if (!isOfTheMember) companions.recovery.leave(me);
    const { turn } = isOfTheMember ? companions.recovery : own;
    return pause((signal) => turn(me, retryAfterMs, signal));
  }

  /** Until the watch ends. `said`: it told anything, if only a bookmark, as every watch of an API server does before it ends. */
  async function follow(resourceVersion: string): Promise<Pick<EndedWatch, "end" | "said" | "lasted">> {
    const begun = clock.now();
    watching = new AbortController();
    const signal = AbortSignal.any([ending.signal, watching.signal]);
    const version = now.state !== "listing" && now.crd === "outdated" ? "v1alpha1" : undefined;
    const watch = member.watch(kind, { metadataOnly, labelSelector, version, resourceVersion, signal });
    let heard = resourceVersion;
    let said = false;
    try {
      for (let next = await watch.next(); ; next = await watch.next()) {
        if (next.done) {
          // Not by us: the member was closed, and nobody can be asked any more.
          if (next.value.reason === "stopped" && !signal.aborted) ending.abort();
          return { end: next.value, said, lasted: clock.now() - begun };
        }
        const event = next.value as WatchEvent<KubeObject>;
        if (now.state === "listing" || signal.aborted) continue;
        const confirmed = clock.now();
        if (event.type === "opened") {
          companions.recovery.gotThrough();
          become({ ...keptOf(now), confirmed, state: "live" });
          options.opened?.();
          continue;
        }
        if (isBefore(event.resourceVersion, heard)) return { end: { reason: "expired" }, said, lasted: 0 };
        said = true;
        heard = event.resourceVersion;
        if ("size" in event && !companions.adds(me, event.size)) mustList = true;
        if (hasReached(now.resourceVersion, heard)) {
          // A list has shown it already.
          become({ ...keptOf(now), confirmed, state: "live" });
          continue;
        }
        const changes = !("object" in event)
          ? []
          : event.type === "deleted"
            ? store.drop(event.object)
            : store.put(event.object);
        if (kind === "Namespace" && "object" in event) companions.saw(event.object);
        if (!signal.aborted) become({ ...keptOf(now), resourceVersion: heard, confirmed, state: "live" }, changes);
        // What is kept of so much must be counted anew.
        if (mustList) watching.abort();
      }
    } finally {
      watching.abort();
      watching = undefined;
      await watch.return({ reason: "stopped" });
    }
  }

  async function goOn(watched: Awaited<ReturnType<typeof follow>>): Promise<void> {
    const next = afterWatch({ ...watched, member: member.id, kind, fruitless });
    const { pause: how, trouble: error, retryAfterMs } = next;
    fruitless = isFruitless(watched) ? fruitless + 1 : 0;
    options.ended?.(watched.end.reason);
    mustList ||= next.list;
    if (error?.code === "forbidden") {
      companions.recovery.leave(me);
      if (now.state !== "listing") become({ ...keptOf(now), state: "listed", error });
    } else if (error !== undefined) {
      trouble(error);
    }
    if (how === "spread") await pause((signal) => clock.wait(clock.jitter() * EXPIRED_SPREAD_MS, signal));
    if (how === "backOff") await backOff(error?.code, retryAfterMs);
    if (how === "lookAgain") await lookAgain();
  }

  async function step(): Promise<void> {
    if (mustList || now.state === "listing") {
      listing = list(now.state === "listing" || now.crd === "absent" ? undefined : now.resourceVersion);
      await listing;
    } else if (now.crd === "absent") {
      await lookAgain();
      mustList = true;
    } else {
      await goOn(await follow(now.resourceVersion));
    }
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      try {
        await step();
      } catch (cause) {
        if (ending.signal.aborted) return;
        const error = asFailure(cause, member.id);
        trouble(error);
        await backOff(error.code);
      } finally {
        listing = undefined;
      }
    }
  }

  function distrust(): void {
    history += 1;
    mustList = true;
    store.distrust();
    watching?.abort();
    pausing?.abort();
    become({ state: "listing" });
  }

  async function reached(wanted: string): Promise<void> {
    // The first list may be under way: it is as good as another.
    if (now.state === "listing" && listing !== undefined) await listing;
    if (now.state !== "listing" && hasReached(now.resourceVersion, wanted)) return;
    if ((now.state === "live" || isOpening()) && (await isTold(wanted))) return;
    if (ending.signal.aborted) throw ended();
    await relist();
  }
  async function isTold(wanted: string): Promise<boolean> {
    const over = new AbortController();
    const one = { wanted, told: () => over.abort() };
    waiting = [...waiting, one];
    await clock.wait(NOT_TOLD_MS, AbortSignal.any([ending.signal, over.signal]));
    waiting = waiting.filter((other) => other !== one);
    return over.signal.aborted;
  }

  const leave = companions.join(me, distrust);
  void run();
  return {
    current: () => now,
    relist: () => (ending.signal.aborted ? Promise.reject(ended()) : relist()),
    reached,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop() {
      leave();
      ending.abort();
      companions.recovery.leave(me);
    },
  };
}

function troubleOf(reflected: Reflected<unknown>): MemberErrorCode | undefined {
  return "error" in reflected ? reflected.error?.code : undefined;
}

function keptOf<T>({ objects, resourceVersion, crd, confirmed }: Kept<T>): Kept<T> {
  return { objects, resourceVersion, crd, confirmed };
}
