/** The way by which every write of the process goes: asked for leave, limited, told. Reads pass. */
import { aroundWrites } from "../../reconcile/around-writes";
import { asFailure, MemberError } from "../../reconcile/member-error";
import type { Member } from "../../reconcile/member";
import type { Clock } from "../../reconcile/waiting";
import type { SyncObserver } from "../seams/sync-observer";
import type { WriteGate } from "../seams/write-gate";
import type { WriteLimit } from "./write-limit";

export interface Guard {
  readonly gate: WriteGate;
  readonly limit: WriteLimit;
  readonly observer: SyncObserver;
  readonly clock: Clock;
}

export function guardedMember(member: Member, { gate, limit, observer, clock }: Guard): Member {
  const { id } = member;
  return aroundWrites(member, ({ kind, verb, ref: { namespace, name } }, send) =>
    limit(gate.signal, async () => {
      const began = clock.now();
      const told = { member: id, kind, verb, ...(namespace !== undefined && { namespace }), name };
      const tell = (error?: string) =>
        observer.written?.({ ...told, milliseconds: clock.now() - began, ...(error && { error }) });
      try {
        if (gate.signal.aborted || !gate.mayWrite()) throw fenced(id);
        const answer = await unlessAborted(gate.signal, id, send());
        tell();
        return answer;
      } catch (error) {
        tell(gate.signal.aborted || !gate.mayWrite() ? "fenced" : asFailure(error, id).code);
        throw error;
      }
    }),
  );
}

function fenced(id: string): MemberError {
  return new MemberError("unavailable", id, `cluster "${id}": nothing is written: this process may not write now`);
}

/** What the server does with a request on its way nobody knows; whoever waits for its answer is let go. */
function unlessAborted<T>(signal: AbortSignal, id: string, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(fenced(id));
    signal.addEventListener("abort", end, { once: true });
    void answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", end));
  });
}
