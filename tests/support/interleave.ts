/** Several that work on the same members, request by request in an order that the test chooses. */
import type { Member } from "../../provider/reconcile/member";

interface Waiting {
  readonly actor: number;
  readonly isRead: boolean;
  readonly go: () => void;
}

/** Of the actors that wait (their numbers, each once, ascending): whose next request is answered. */
export type Choice = (waiting: readonly number[]) => number;

export interface InterleaveOptions {
  /** What an actor reads at once is answered in one turn: far fewer orders, and all that differ for its writes. @default false */
  readonly readsTogether?: boolean;
}

const READS: readonly (string | symbol)[] = ["list", "listMetadata", "listAt", "get", "version", "refused"];

/**
 * Runs all actors to their ends. One request is answered at a time, whole, and the next is chosen when all who can have asked; an actor's own
 * requests are answered in the order in which it made them. Resolves with what the actors returned, and with whose turn it was each time.
 */
export async function interleave<T>(
  actors: readonly ((wrap: (member: Member) => Member) => Promise<T>)[],
  choose: Choice,
  { readsTogether = false }: InterleaveOptions = {},
): Promise<{ readonly results: readonly T[]; readonly turns: readonly number[] }> {
  const queue: Waiting[] = [];
  const turns: number[] = [];
  let running = actors.length;
  const results = Promise.all(
    actors.map(async (act, actor) => {
      try {
        return await act((member) => waits(member, (go, isRead) => void queue.push({ actor, go, isRead })));
      } finally {
        running -= 1;
      }
    }),
  );
  // Rejected by an actor that failed, and told at the end.
  results.catch(() => undefined);
  while (running > 0) {
    await settled();
    const waiting = [...new Set(queue.map(({ actor }) => actor))].sort();
    if (waiting.length === 0) continue;
    const actor = choose(waiting);
    const own = queue.filter((one) => one.actor === actor);
    const reads = own.filter(({ isRead }) => isRead);
    turns.push(actor);
    for (const one of readsTogether && reads.length > 0 ? reads : own.slice(0, 1)) {
      queue.splice(queue.indexOf(one), 1);
      one.go();
    }
  }
  return { results: await results, turns };
}

/** All that can go on without an answer has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function waits(member: Member, ask: (go: () => void, isRead: boolean) => void): Member {
  return new Proxy(member, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      // Nobody's turn waits for a watch.
      if (typeof value !== "function" || property === "watch") return value;
      return async (...given: readonly unknown[]) => {
        await new Promise<void>((resolve) => ask(resolve, READS.includes(property)));
        return Reflect.apply(value, target, given) as unknown;
      };
    },
  });
}
