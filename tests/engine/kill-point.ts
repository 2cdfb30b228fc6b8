/** Something happens at one write of an operation, counted over all members at their proxies. */
import type { Passage, Proxy } from "../support/proxy";
import { isWrite } from "../support/proxy";

export interface KillPoint {
  /** Writes that pass; at the next one it happens. */
  readonly after: number;
  /** `before`: that next write does not reach the server. `done`: the server does it, and its answer does not arrive. */
  readonly answer: "before" | "done";
  readonly happen: () => void;
}

export interface Set {
  /** Whether it has happened. */
  readonly reached: boolean;
  /** From now on everything passes. */
  clear(): void;
}

/** @param hold from that write on none reaches a server, as with a process that is gone; otherwise they all pass. @default true */
export function setKillPoint(proxies: readonly Proxy[], { after, answer, happen }: KillPoint, hold = true): Set {
  let writes = 0;
  let reached = false;
  const isNext = (passage: Passage) => isWrite(passage) && !reached && writes++ === after;
  const strike = () => {
    reached = true;
    happen();
  };
  const undo = proxies.flatMap((proxy) => [
    // The rule that is added last decides first.
    proxy.add({ when: (passage) => hold && reached && isWrite(passage), fault: { kind: "hang" } }),
    answer === "before"
      ? proxy.add({
          when: (passage) => {
            const now = isNext(passage);
            if (now) strike();
            return now && hold;
          },
          fault: { kind: "hang" },
        })
      : proxy.add({
          when: isNext,
          fault: {
            kind: "rewrite",
            change: (body) => {
              strike();
              return body;
            },
          },
        }),
  ]);
  return {
    get reached() {
      return reached;
    },
    clear: () => undo.forEach((one) => one()),
  };
}
