// A refresh: every resource is read, and what was read becomes the state.
import { inputsDiffer } from "./diff.js";
import { providerOf, subjectOf } from "./pass.js";
import type { Pass } from "./pass.js";
import { keepSecret } from "./perform.js";
import { isDefaultProvider } from "../urn.js";
import { isProviderType } from "./resource.js";
import type { ResourceState } from "./resource.js";
import { sameValue } from "./values.js";
import { parallelism } from "./workers.js";

/** What a read came to: the new record, none when it is gone, and what to call it. */
interface Read {
  readonly state?: ResourceState;
  readonly op: "same" | "update" | "delete";
}

/** Whether all could be read. Those that could are saved, even when others failed. */
export async function refresh(pass: Pass): Promise<boolean> {
  const states = [...pass.snapshot.base];
  const reads = new Map<ResourceState, Read>();
  const queue = states.filter((state) => !pass.targets || pass.targets.has(state.urn));
  let failed = false;
  const worker = async () => {
    for (let state = queue.shift(); state && !pass.halt.signal.aborted; state = queue.shift()) {
      const read = await readOne(pass, state);
      if (read) reads.set(state, read);
      else failed = true;
    }
  };
  await Promise.all(Array.from({ length: parallelism }, worker));

  const kept = states.flatMap((state) => (reads.has(state) ? (reads.get(state)?.state ?? []) : state));
  pass.snapshot.rebase(repaired(kept));
  if (failed) pass.recorder.log("error", `${pass.dryRun ? "preview" : "update"} failed`);
  return !failed;
}

async function readOne(pass: Pass, old: ResourceState): Promise<Read | undefined> {
  const ended = pass.recorder.begin("refresh", old.urn);
  try {
    const read = await look(pass, old);
    if (read.state && read.state !== old) keepSecret(read.state);
    ended(pass.refreshing ? read.op : "refresh");
    if (pass.refreshing) pass.recorder.count(read.op, old.urn);
    return read;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const urn = isDefaultProvider(old.urn) ? {} : { urn: old.urn };
    pass.recorder.log("error", pass.dryRun ? `Preview failed: ${message}` : message, urn);
    return undefined;
  }
}

/** The provider compares what it read with the inputs of before; that only says what to call the change. */
async function look(pass: Pass, old: ResourceState): Promise<Read> {
  const provider = isProviderType(old.type) || old.pendingReplacement ? undefined : providerOf(pass, old);
  if (!provider) return { state: old, op: "same" };
  const found = await provider.read(subjectOf(old));
  if (found.id === "") return { op: "delete" };
  const state = { ...old, id: found.id, outputs: found.outputs, inputs: found.inputs ?? old.inputs, initErrors: [] };
  if (!sameValue(state.outputs, old.outputs) || !sameValue(state.inputs, old.inputs))
    state.modified = new Date().toISOString();
  if (old.external) return { state, op: sameValue(old.outputs, state.outputs) ? "same" : "update" };
  const { changes } = await provider.diff(subjectOf(state), old.inputs);
  const changed = changes === "some" || (changes === "unknown" && inputsDiffer(state, old.inputs, old.ignoreChanges));
  return { state, op: changed ? "update" : "same" };
}

/** Nothing depends any more on what is gone. State is in dependency order, so one walk is enough. */
function repaired(states: readonly ResourceState[]): ResourceState[] {
  const there = new Set<string>();
  return states.map((state) => {
    const known = (urn: string) => there.has(urn);
    const left = Object.entries(state.propertyDependencies).map(([key, urns]) => [key, urns.filter(known)] as const);
    const byProperty = left.filter(([, urns]) => urns.length > 0);
    state.dependencies = state.dependencies.filter(known);
    state.propertyDependencies = Object.fromEntries(byProperty);
    there.add(state.urn);
    return state;
  });
}
