/** Does in a clusterset what a step of a scenario says. */
import type { EndpointSlice, Key, ServiceImport } from "../../provider/mcs/api";
import { derivedServiceName } from "../../provider/mcs/derive/names";
import { ANNOTATION, isOurs, ownerOf } from "../../provider/mcs/marks";
import type { Lease } from "../../provider/mcs/process-objects";
import { keyText } from "../../provider/mcs/object-key";
import { SYNC_OWNER } from "../../provider/sync/pass/sync-intents";
import { endpoint } from "../support/builders";
import type { ClusterSet } from "./clusterset";
import { importedKey } from "./ledger";
import { LEASE, type Replica } from "./replica";
import { type Id, MEMBERS, type Step } from "./scenario";
import type { Stack, Wish } from "./stack";
import type { Timeline } from "./timeline";

export interface Stage {
  readonly time: Timeline;
  readonly set: ClusterSet;
  readonly replicas: readonly Replica[];
  readonly stacks: ReadonlyMap<string, Stack>;
}

/** Milliseconds until what the step began by itself has come to its end. */
export function lasts(step: Step): number {
  switch (step.do) {
    case "unexportAll":
      return step.backAfter ?? 0;
    case "kill":
    case "stop":
      return step.restartMs;
    case "freeze":
      return step.ms;
    case "stack":
      return step.killAfter ?? 0;
    default:
      return 0;
  }
}

/** Breakers wait a minute; what comes back before must not have been missed. */
const BELIEVED_MS = 58_000;

export function happen(step: Step, { time, set, replicas, stacks }: Stage): void {
  const { at: member, ledger, invariants, weather, ids, keys } = set;
  const idOf = (id: Id) => ids[MEMBERS.indexOf(id) % ids.length]!;
  const replicaOf = (n: number) => (n === 0 ? leader() : undefined) ?? replicas[n % replicas.length]!;

  switch (step.do) {
    case "pods":
      invariants.touch(keyText(keys[step.service]!));
      return set.pods(idOf(step.at), keys[step.service]!, step.pods);
    case "export":
    case "unexport":
    case "import":
    case "unimport":
    case "replaceImport":
      invariants.touch(keyText(keys[step.service]!));
      return apply(step.do, idOf(step.at), keys[step.service]!);
    case "damage":
      invariants.touch(keyText(keys[step.service]!));
      return damage(step.what, idOf(step.at), keys[step.service]!);
    case "stack": {
      const of = stacks.get(step.owner)!;
      invariants.touch(of.key);
      const process = of.begin(wishIn(step.wish));
      if (process && step.killAfter !== undefined) time.after(step.killAfter, () => process.kill());
      return;
    }
    case "unexportAll": {
      const id = idOf(step.at);
      invariants.touch();
      const gone = keys.filter((key) => ledger.find(id, "ServiceExport", keyText(key)));
      const imported = gone.filter((key) => ids.some((it) => ledger.imported(it, keyText(key), id).length > 0));
      if (imported.length > 10) ledger.doubt(id, time.now() + BELIEVED_MS);
      for (const key of gone) member(id).drop("ServiceExport", key);
      if (step.backAfter === undefined || gone.length === 0) return;
      time.after(step.backAfter, () => {
        gone.forEach((key) => apply("export", id, key));
        ledger.doubt(id, time.now());
      });
      return;
    }
    case "trouble":
      invariants.touch();
      time.after(step.ms, () => invariants.touch());
      return weather.begin(idOf(step.at), step.trouble, step.ms);
    case "compact":
      member(idOf(step.at)).compact();
      return member(idOf(step.at)).endWatches({ reason: "expired" });
    case "kill":
      return replicaOf(step.replica).kill(step.restartMs);
    case "stop":
      return replicaOf(step.replica).stop(step.restartMs);
    case "freeze": {
      const machine = replicaOf(step.replica).machine();
      machine?.freeze();
      return void time.after(step.ms, () => machine?.thaw());
    }
  }

  function leader(): Replica | undefined {
    const lease = ledger.find<Lease>(ids[0]!, "Lease", `${LEASE.namespace}/${LEASE.name}`);
    return replicas.find((it) => it.machine()?.name === lease?.spec?.holderIdentity);
  }

  function apply(what: "export" | "unexport" | "import" | "unimport" | "replaceImport", id: string, key: Key): void {
    const live = ledger.find<ServiceImport>(id, "ServiceImport", keyText(key));
    const write = () =>
      member(id).put("ServiceImport", {
        metadata: { ...key },
        spec: { type: "ClusterSetIP", ports: [{ name: "http", protocol: "TCP", port: 80 }] },
      });
    switch (what) {
      case "export":
        if (!ledger.find(id, "ServiceExport", keyText(key))) member(id).put("ServiceExport", { metadata: { ...key } });
        return;
      case "unexport":
        return member(id).drop("ServiceExport", key);
      case "import":
        return void (live ?? write());
      case "unimport":
        return live && !isOurs(live) ? member(id).drop("ServiceImport", key) : undefined;
      case "replaceImport":
        if (!live || (isOurs(live) && ownerOf(live) !== SYNC_OWNER)) return;
        member(id).drop("ServiceImport", key);
        return void write();
    }
  }

  function damage(what: "slice" | "endpoints" | "derived", id: string, key: Key): void {
    const { namespace } = key;
    if (what === "derived") {
      const name = derivedServiceName(key);
      return ledger.find(id, "Service", `${namespace}/${name}`) && member(id).drop("Service", { namespace, name });
    }
    const slice = ledger.all<EndpointSlice>(id, "EndpointSlice").find((it) => importedKey(it) === keyText(key));
    if (!slice) return;
    if (what === "slice") return member(id).drop("EndpointSlice", slice.metadata);
    const { [ANNOTATION.contentHash]: _hash, ...annotations } = slice.metadata.annotations ?? {};
    const metadata = { ...slice.metadata, annotations };
    member(id).put("EndpointSlice", { ...slice, metadata, endpoints: [endpoint("10.66.66.66")] });
  }

  function wishIn({ exportFrom, importTo, ...wish }: Wish): Wish {
    const there = (all: readonly string[]) => [...new Set(all.map((id) => idOf(id as Id)))].sort();
    return { ...wish, exportFrom: there(exportFrom), importTo: there(importTo) };
  }
}
