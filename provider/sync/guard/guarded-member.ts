/** The way by which every write of the process goes: asked for leave, limited, told. Reads pass. */
import type { KubeObject } from "../../mcs/api";
import { asFailure, MemberError } from "../../reconcile/member-error";
import type { Kind, Member } from "../../reconcile/member";
import type { Clock } from "../../reconcile/waiting";
import type { SyncObserver, WriteEvent } from "../seams/sync-observer";
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

  async function write<T>(
    told: Pick<WriteEvent, "kind" | "verb" | "namespace" | "name">,
    send: () => Promise<T>,
  ): Promise<T> {
    const free = await limit.turn(gate.signal);
    const began = clock.now();
    const tell = (error?: string) =>
      observer.written?.({ member: id, ...told, milliseconds: clock.now() - began, ...(error && { error }) });
    try {
      if (gate.signal.aborted || !gate.mayWrite()) throw fenced(id);
      const answer = await unlessAborted(gate.signal, id, send());
      tell();
      return answer;
    } catch (error) {
      tell(gate.signal.aborted || !gate.mayWrite() ? "fenced" : asFailure(error, id).code);
      throw error;
    } finally {
      free();
    }
  }
  const of = (kind: Kind, { metadata: { namespace, name } }: Pick<KubeObject, "metadata">) => ({
    kind,
    ...(namespace !== undefined && { namespace }),
    name,
  });

  return {
    ...member,
    create: (kind, object, how) =>
      how?.dryRun
        ? member.create(kind, object, how)
        : write({ ...of(kind, object), verb: "create" }, () => member.create(kind, object, how)),
    update: (kind, object, how) =>
      how?.dryRun
        ? member.update(kind, object, how)
        : write({ ...of(kind, object), verb: "update" }, () => member.update(kind, object, how)),
    patchStatus: (kind, ref, status) =>
      write({ ...of(kind, { metadata: ref }), verb: "status" }, () => member.patchStatus(kind, ref, status)),
    remove: (kind, ref) => write({ ...of(kind, { metadata: ref }), verb: "remove" }, () => member.remove(kind, ref)),
  };
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
