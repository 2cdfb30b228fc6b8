/**
 * Events of events.k8s.io/v1, by the rules of client-go's recorder: what comes again within minutes is counted in one Event as a series, and no object
 * is told of without end. An Event is a courtesy: one that cannot be written is no failure.
 */
import type { SeriesEvent } from "../../mcs/process-objects";
import { MANAGER } from "../../mcs/marks";
import { oneLine } from "../../mcs/printable";
import type { Kind, Member, ObjectRef } from "../../reconcile/member";
import { microTime } from "../lease/micro-time";

export interface Told {
  /** On which object. It is looked up for its uid, without which `kubectl describe` does not show the Event; one that is gone is told nothing of. */
  readonly kind: "ServiceExport" | "ServiceImport" | "Lease";
  readonly ref: ObjectRef;
  readonly type: SeriesEvent["type"];
  /** For programs: one word, as a condition's reason. */
  readonly reason: string;
  /** What was done or found, one word. */
  readonly action: string;
  /** For people: one line. */
  readonly note: string;
}

export interface RecorderOptions {
  readonly member: Pick<Member, "id" | "get" | "create" | "update">;
  /** Of this process: `<pod>_<random>`. */
  readonly instance: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const API_VERSIONS: Readonly<Record<Told["kind"], string>> = {
  ServiceExport: "multicluster.x-k8s.io/v1beta1",
  ServiceImport: "multicluster.x-k8s.io/v1beta1",
  Lease: "coordination.k8s.io/v1",
};
/** As client-go: what comes again after that long is another Event. */
const SERIES_MS = 6 * 60_000;
/** Of one object at once, and then one more each five minutes: as the correlator of client-go. */
const BURST = 25;
const REFILL_MS = 5 * 60_000;
const NOTE_MAX = 1_000;
/** Objects that are remembered; with more, the oldest is taken for one never told of. */
const OBJECTS_MAX = 5_000;

interface Budget {
  tokens: number;
  since: number;
}

/** Resolves when it is told, or cannot be; never rejects. */
export function eventRecorder({ member, instance, now }: RecorderOptions): (told: Told) => Promise<void> {
  const series = new Map<string, { readonly event: SeriesEvent; readonly last: number }>();
  const budgets = new Map<string, Budget>();
  let made = 0;
  /** One at a time: the second one of a kind counts up the first. */
  let before: Promise<void> = Promise.resolve();

  function mayTell(object: string): boolean {
    const budget = budgets.get(object) ?? { tokens: BURST, since: now() };
    budget.tokens = Math.min(BURST, budget.tokens + (now() - budget.since) / REFILL_MS);
    budget.since = now();
    remember(budgets, object, budget);
    if (budget.tokens < 1) return false;
    budget.tokens -= 1;
    return true;
  }

  /** No two alike: what is told within a millisecond has different names all the same. */
  const nanoseconds = () => BigInt(now()) * 1_000_000n + BigInt((made += 1) % 1_000_000);

  async function write(told: Told): Promise<void> {
    const { kind, ref, type, reason } = told;
    const object = `${kind} ${ref.namespace}/${ref.name}`;
    if (!mayTell(object)) return;
    const key = `${object} ${type} ${reason}`;
    const known = series.get(key);
    const time = microTime(now());
    if (known !== undefined && now() - known.last < SERIES_MS) {
      const count = (known.event.series?.count ?? 1) + 1;
      const event = await member.update("SeriesEvent", { ...known.event, series: { count, lastObservedTime: time } });
      return remember(series, key, { event, last: now() });
    }
    const uid = (await member.get(kind as Kind, ref))?.metadata.uid;
    if (uid === undefined) return;
    const event = await member.create("SeriesEvent", eventOf(told, { uid, time, instance, number: nanoseconds() }));
    remember(series, key, { event, last: now() });
  }

  return (told) => (before = before.then(() => write(told)).catch(() => undefined));
}

function eventOf(
  { kind, ref, type, reason, action, note }: Told,
  at: { readonly uid: string; readonly time: string; readonly instance: string; readonly number: bigint },
): SeriesEvent {
  const { namespace, name } = ref;
  const regarding = { apiVersion: API_VERSIONS[kind], kind, namespace, name, uid: at.uid };
  return {
    // As client-go names them; the prefix leaves room for the time.
    metadata: { namespace, name: `${name.slice(0, 200)}.${at.number.toString(16)}` },
    eventTime: at.time,
    reportingController: MANAGER,
    reportingInstance: at.instance.slice(0, 128),
    type,
    reason,
    action,
    regarding,
    note: oneLine(note, NOTE_MAX),
  };
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > OBJECTS_MAX && oldest !== undefined) map.delete(oldest);
}
