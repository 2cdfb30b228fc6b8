/** The members of one simulation, everything that is written in them, and the processes that reach them. */
import type { EndpointSlice, Key } from "../../provider/mcs/api";
import type { Lease } from "../../provider/mcs/process-objects";
import { ANNOTATION, LABEL, ownerOf } from "../../provider/mcs/marks";
import { mcsCrds } from "../../provider/kube/crds/mcs-crds";
import type { Member } from "../../provider/reconcile/member";
import type { WriteGate } from "../../provider/sync/seams/write-gate";
import { endpoint } from "../support/builders";
import { type MemoryChange, memoryMember, type MemoryMember } from "../support/memory-member";
import { connection } from "./connection";
import { type Actor, type Invariants, invariants, type StackRole } from "./invariants";
import { addressesOf, type Ledger, ledger } from "./ledger";
import { EPOCH, type Machine, machine } from "./machine";
import { LEASE } from "./replica";
import { type Chance, MEMBERS } from "./scenario";
import type { Timeline } from "./timeline";
import { type Weather, weather } from "./weather";

export interface ClusterSetOptions {
  readonly time: Timeline;
  readonly chance: Chance;
  readonly members: number;
  readonly services: number;
  readonly latencyMs: number;
  readonly lagMs: number;
  readonly broken: (what: string) => void;
  /** Told each change. */
  readonly log?: (line: string) => void;
}

export interface ClusterSet {
  readonly ids: readonly string[];
  readonly keys: readonly Key[];
  readonly at: (id: string) => MemoryMember;
  readonly ledger: Ledger;
  readonly weather: Weather;
  readonly invariants: Invariants;
  /** Writes of processes of ours to what they are there for, so far. */
  readonly writes: () => number;
  boot(name: string, stack?: StackRole): Machine;
  /** @param elected what is written over it, only a leader writes */
  connect(machine: Machine, id: string, gate?: WriteGate, elected?: boolean): Member;
  /** As the EndpointSlice controller of that member writes it. */
  pods(id: string, key: Key, pods: readonly number[]): void;
}

export function clusterSet({
  time,
  chance,
  members,
  services,
  latencyMs,
  lagMs,
  broken,
  log,
}: ClusterSetOptions): ClusterSet {
  const ids = MEMBERS.slice(0, members);
  const keys = Array.from({ length: services }, (_, n): Key => ({ namespace: "demo", name: `serve-${n}` }));
  const skews = new Map(ids.map((id) => [id as string, chance.skewMs()]));
  const kept = ledger(time);
  const skies = weather(time);
  const rules = invariants({ time, ledger: kept, weather: skies, lagMs, broken });
  const actors = new Map<Machine, Actor>();
  let actor: Actor | undefined;
  let uids = 0;
  let writes = 0;

  const all = new Map(
    ids.map((id) => [
      id as string,
      memoryMember({
        id,
        now: () => new Date(EPOCH + time.now() + skews.get(id)!),
        uid: () => `uid-${(uids += 1)}`,
        changed(change) {
          const who = actor;
          if (who && change.kind !== "Lease" && change.kind !== "SeriesEvent") writes += 1;
          log?.(`${who?.name ?? "people"} ${lineOf(id, change)}`);
          rules.changing(id, change, who);
          kept.keep(id, change);
          rules.changed(id, change, who);
          if (change.kind === "ServiceImport" || change.kind === "EndpointSlice")
            time.after(COLLECTED_MS, () => collect(id));
        },
      }),
    ]),
  );
  const at = (id: string) => all.get(id)!;

  /** As Kubernetes' garbage collector: what is owned by what is gone goes too. */
  function collect(id: string): void {
    const live = new Set(kept.all(id, "ServiceImport").map(({ metadata }) => metadata.uid));
    for (const { metadata } of kept.all(id, "EndpointSlice")) {
      const owners = metadata.ownerReferences ?? [];
      if (owners.length > 0 && owners.every(({ uid }) => !live.has(uid))) at(id).drop("EndpointSlice", metadata);
    }
  }

  function pods(id: string, { namespace, name }: Key, numbers: readonly number[]): void {
    at(id).put("EndpointSlice", {
      metadata: {
        ...{ namespace, name: `${name}-x7k2p` },
        labels: { [LABEL.serviceName]: name, [LABEL.sliceManagedBy]: "endpointslice-controller.k8s.io" },
      },
      addressType: "IPv4",
      ports: [{ name: "http", protocol: "TCP", port: 8080 }],
      endpoints: numbers.map((n) => endpoint(`10.${ids.indexOf(id as (typeof ids)[number]) + 1}.0.${n}`)),
    });
  }

  for (const id of ids) {
    const member = at(id);
    mcsCrds.forEach((crd) => member.put("CustomResourceDefinition", crd));
    member.put("Namespace", { metadata: { name: "demo" } });
    for (const key of keys) {
      member.put("Service", {
        metadata: { ...key },
        spec: { selector: { app: key.name }, ports: [{ name: "http", protocol: "TCP", port: 80 }] },
      });
      pods(id, key, [1, 2]);
    }
    for (const [kind, object] of foreigners()) rules.plant(id, kind, at(id).put(kind, object as never));
  }

  return {
    ...{ ids, keys, at, ledger: kept, weather: skies, invariants: rules, pods },
    writes: () => writes,
    boot(name, stack) {
      const made = machine({ name, time, chance: chance.next, skewMs: chance.skewMs(), rate: chance.rate() });
      actors.set(made, { name, stoodStillMs: made.stoodStillMs, ...(stack && { stack }) });
      return made;
    },
    connect: (from, id, gate, elected = false) =>
      connection({
        ...{ machine: from, server: at(id), time, weather: skies, chance: chance.next, latencyMs, gate },
        skewMs: skews.get(id)!,
        serves: (who) => (actor = who && actors.get(who)),
        sends(what) {
          if (elected)
            rules.sent(from.name, kept.find<Lease>(ids[0]!, "Lease", `${LEASE.namespace}/${LEASE.name}`), what);
        },
      }),
  };
}

function lineOf(id: string, { kind, before, after }: MemoryChange): string {
  const object = (after ?? before)!;
  const verb = !before ? "make" : after ? "change" : "remove";
  const more =
    kind === "EndpointSlice" && after ? ` with ${addressesOf(after as EndpointSlice).join() || "nothing"}` : "";
  return `${verb} ${kind} ${object.metadata.name} in ${id}${more}, of ${ownerOf(object) ?? "nobody"}`;
}

const COLLECTED_MS = 200;

/** What others have there, much like what is ours. */
function foreigners(): readonly (readonly ["Service" | "ServiceImport" | "EndpointSlice", object])[] {
  const metadata = { namespace: "demo", name: "theirs" };
  const slice: EndpointSlice = {
    metadata: {
      ...{ namespace: "demo", name: "imported-theirs" },
      labels: {
        [LABEL.serviceName]: "derived-theirs",
        [LABEL.importName]: "theirs",
        [LABEL.sourceCluster]: "member1",
        [LABEL.sliceManagedBy]: "another.io",
      },
    },
    addressType: "IPv4",
    ports: [{ name: "http", protocol: "TCP", port: 80 }],
    endpoints: [endpoint("10.9.9.9")],
  };
  const spec = { ports: [{ name: "http", protocol: "TCP", port: 80 }] };
  return [
    [
      "ServiceImport",
      {
        metadata: { ...metadata, annotations: { [ANNOTATION.derivedService]: "derived-theirs" } },
        spec: { ...spec, type: "ClusterSetIP" },
      },
    ],
    ["Service", { metadata: { namespace: "demo", name: "derived-theirs" }, spec }],
    ["Service", { metadata, spec }],
    ["EndpointSlice", slice],
  ];
}
