/** What happened to the objects of a memory member, and the watches that are told of it. */
import type { KubeObject, ObjectMeta } from "../../provider/mcs/api";
import type { Kind, WatchEnd, WatchEvent, WatchOptions } from "../../provider/reconcile/member";
import { matchesLabels } from "./memory-selectors";

interface Change {
  readonly kind: Kind;
  readonly version: number;
  readonly before?: KubeObject;
  readonly after?: KubeObject;
}

interface Open {
  readonly kind: Kind;
  readonly options: WatchOptions;
  readonly queue: (WatchEvent<KubeObject> | WatchEnd)[];
  wake(): void;
}

export interface MemoryHistory {
  add(change: Change): void;
  /** What came after `options.resourceVersion`, and what comes. */
  watch(kind: Kind, options: WatchOptions): AsyncGenerator<WatchEvent<KubeObject>, WatchEnd, undefined>;
  /** Kinds of the watches that are open. */
  open(): readonly Kind[];
  /** Tells open watches (of that kind) up to where everything has been told. */
  bookmark(version: number, kind?: Kind): void;
  /** Ends open watches (of that kind). */
  end(end: WatchEnd, kind?: Kind): void;
  /** Forgets what happened up to `version`: a watch from before has expired. */
  compact(version: number): void;
  /** What happened after `version` never did. */
  restore(version: number): void;
}

export function memoryHistory(): MemoryHistory {
  const changes: Change[] = [];
  const watches = new Set<Open>();
  let compacted = 0;

  const push = (watch: Open, ...told: Open["queue"]) => {
    watch.queue.push(...told);
    watch.wake();
  };
  const of = (kind: Kind | undefined) => [...watches].filter((watch) => kind === undefined || watch.kind === kind);

  return {
    add(change) {
      changes.push(change);
      for (const watch of of(change.kind)) push(watch, ...told(change, watch.options));
    },
    async *watch(kind, options) {
      const from = Number(options.resourceVersion);
      if (from < compacted) return { reason: "expired" };
      let wake: () => void = () => undefined;
      const opened = { type: "opened", resourceVersion: options.resourceVersion } as const;
      const watch: Open = { kind, options, queue: [opened], wake: () => wake() };
      for (const change of changes) {
        if (change.kind === kind && change.version > from) watch.queue.push(...told(change, options));
      }
      if (options.signal.aborted) return { reason: "stopped" };
      const stop = () => push(watch, { reason: "stopped" });
      options.signal.addEventListener("abort", stop);
      watches.add(watch);
      try {
        for (;;) {
          const next = watch.queue.shift();
          if (next === undefined) await new Promise<void>((resolve) => (wake = resolve));
          else if ("reason" in next) return next;
          else yield next;
        }
      } finally {
        watches.delete(watch);
        options.signal.removeEventListener("abort", stop);
      }
    },
    open: () => [...watches].map(({ kind }) => kind),
    bookmark: (version, kind) =>
      of(kind).forEach((watch) => push(watch, { type: "bookmark", resourceVersion: String(version) })),
    end: (end, kind) => of(kind).forEach((watch) => push(watch, end)),
    compact: (version) => void (compacted = version),
    restore: (version) => void changes.splice(0, Infinity, ...changes.filter((change) => change.version <= version)),
  };
}

/** An object that leaves what is selected is told as deleted, one that enters as added. */
function told({ version, before, after }: Change, options: WatchOptions): readonly WatchEvent<KubeObject>[] {
  const resourceVersion = String(version);
  const was = before !== undefined && isSelected(before.metadata, options);
  const is = after !== undefined && isSelected(after.metadata, options);
  const object = is ? after : was ? before : undefined;
  if (object === undefined) return [];
  const seen = structuredClone({ ...object, metadata: { ...object.metadata, resourceVersion } });
  const { apiVersion, kind, metadata } = seen;
  return [
    {
      type: is ? (was ? "modified" : "added") : "deleted",
      object: options.metadataOnly === true ? { apiVersion, kind, metadata } : seen,
      resourceVersion,
      size: { bytes: JSON.stringify(seen).length, values: 1 },
    },
  ];
}

function isSelected(metadata: ObjectMeta, { namespace, labelSelector }: WatchOptions): boolean {
  return (namespace === undefined || metadata.namespace === namespace) && matchesLabels(labelSelector, metadata.labels);
}
