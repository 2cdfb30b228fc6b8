/** Pods of a probe in one member: made, waited for, and taken away. What goes wrong comes back in words, since it is that member's alone. */
import type { Pod } from "../mcs/api";
import { oneLine } from "../mcs/printable";
import type { Member } from "../reconcile/member";
import { asFailure } from "../reconcile/member-error";
import { lookUntil, type Clock } from "../reconcile/waiting";

export interface Waiting {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly ms: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/** The pod as soon as it is so, or why not. */
export type Awaited = { readonly pod: Pod } | { readonly missing: string };

/** Makes it, and looks until it runs and is ready. */
export async function startPod(member: Member, pod: Pod, waiting: Waiting): Promise<Awaited> {
  return madeAndSeen(member, pod, { ...waiting, isSo: isReady, what: "run" });
}

/** Makes it, and looks until its container has ended. */
export async function runPod(member: Member, pod: Pod, waiting: Waiting): Promise<Awaited> {
  return madeAndSeen(member, pod, { ...waiting, isSo: (seen) => lastWord(seen) !== undefined, what: "end" });
}

/** What the container left in its termination message; undefined while it runs. */
export function lastWord({ status }: Pod): string | undefined {
  const ended = status?.containerStatuses?.find(({ state }) => state?.terminated)?.state?.terminated;
  return ended && (ended.message ?? "");
}

interface Seeing extends Waiting {
  readonly isSo: (pod: Pod) => boolean;
  readonly what: string;
}

async function madeAndSeen(member: Member, pod: Pod, { clock, ms, signal, isSo, what }: Seeing): Promise<Awaited> {
  const { name, namespace } = pod.metadata;
  const ref = { name, ...(namespace !== undefined && { namespace }) };
  let seen: Pod | undefined;
  try {
    await member.create("Pod", pod);
    const became = await lookUntil(clock, ms, async () => {
      seen = await member.get("Pod", ref);
      return signal?.aborted === true || seen === undefined || isSo(seen) || isOver(seen);
    });
    if (seen !== undefined && isSo(seen)) return { pod: seen };
    if (signal?.aborted === true) return { missing: `${member.id}: interrupted` };
    const why = seen === undefined ? "it was deleted" : whyNot(seen);
    const end = became ? "did not" : `did not ${what} within ${Math.round(ms / 1_000)} s`;
    return { missing: oneLine(`${member.id}: pod ${namespace}/${name} ${end}: ${why}`, 400) };
  } catch (error) {
    return { missing: notMade(error, member.id) };
  }
}

/** Why an object of a probe could not be made, and what gives an account that may not the right to it. */
export function notMade(error: unknown, id: string): string {
  const { code, message } = asFailure(error, id);
  return code === "forbidden" ? `${message}; deploy/rbac/probe.yaml has the rights of a probe` : message;
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;
}

function isOver({ status }: Pod): boolean {
  return status?.phase === "Failed" || status?.phase === "Succeeded";
}

/** What a person would find with `kubectl describe`. */
function whyNot({ status }: Pod): string {
  const states = status?.containerStatuses?.map(({ state }) => state?.waiting ?? state?.terminated) ?? [];
  const unmet = status?.conditions?.filter(({ status: is, reason }) => is !== "True" && reason !== undefined) ?? [];
  const said = [status, ...states, ...unmet].find((one) => one?.reason !== undefined);
  const { reason, message } = said ?? {};
  if (reason === undefined) return `it is ${status?.phase ?? "not taken by a node"}`;
  return message === undefined ? reason : `${reason}: ${message}`;
}
