/** Two members on real API servers, each behind a proxy, and sync over them: what people apply by hand, and what stands in an importer. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../../provider/kube/connect";
import { mcsCrds } from "../../../provider/kube/crds/mcs-crds";
import type { WatchTimes } from "../../../provider/kube/watch/watch-transport";
import type { EndpointSlice } from "../../../provider/mcs/api";
import { LABEL } from "../../../provider/mcs/marks";
import { ensureCrds } from "../../../provider/reconcile/membership/ensure-crds";
import type { SyncMember, SyncMembers } from "../../../provider/sync/seams/sync-members";
import { fixedMembers } from "../../../provider/sync/seams/sync-members";
import type { SyncObserver, WriteEvent } from "../../../provider/sync/seams/sync-observer";
import { createSync, type SyncOptions } from "../../../provider/sync/sync-process";
import { type RunningClusters, startClusters } from "../../controlplane/clusters";
import { waitFor } from "../../controlplane/wait";
import { type Proxy, startProxy } from "../../support/proxy";

const NAMESPACE = "shop";
const MCS = `/apis/multicluster.x-k8s.io/v1beta1/namespaces/${NAMESPACE}`;
const SERVICES = `/api/v1/namespaces/${NAMESPACE}/services`;
export const SLICES = `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`;

export interface RunningSync {
  readonly writes: readonly WriteEvent[];
  /** "member1 live", "restarted member1 Service closed", "repaired member1 Service". */
  readonly told: readonly string[];
  tells(line: string | RegExp): Promise<void>;
  stop(): Promise<void>;
}

export type SyncStageOptions = Partial<SyncOptions> & {
  /** Of member1. */
  readonly watchTimes?: WatchTimes;
};

export class SyncStage {
  private constructor(
    readonly clusters: RunningClusters,
    readonly proxies: Readonly<Record<"member1" | "member2", Proxy>>,
  ) {}

  /** With the CRDs and the namespace in both. */
  static async start(): Promise<SyncStage> {
    const clusters = await startClusters({ members: 2 });
    for (const [id, { adminKubeconfig }] of Object.entries(clusters.members)) {
      const admin = await connect({ id, kubeconfig: adminKubeconfig });
      await ensureCrds(admin, { policy: "install", definitions: mcsCrds });
      await admin.create("Namespace", { metadata: { name: NAMESPACE } });
      await admin.close();
    }
    const [member1, member2] = await Promise.all(
      ["member1", "member2"].map((id) => startProxy(clusters.members[id]!.kubeconfig)),
    );
    return new SyncStage(clusters, { member1: member1!, member2: member2! });
  }

  async stop(): Promise<void> {
    await Promise.all(Object.values(this.proxies).map((proxy) => proxy.close()));
    await this.clusters.stop();
  }

  api(id: string) {
    return this.clusters.members[id]!.api;
  }

  member(id: "member1" | "member2", watchTimes?: WatchTimes): SyncMember {
    const { kubeconfig } = this.proxies[id];
    return { id, connect: () => connect({ id, kubeconfig, timeoutSeconds: 5, ...(watchTimes && { watchTimes }) }) };
  }

  /** Over both, unless `members` says otherwise; imports are written by hand unless `autoImport`. */
  sync({ watchTimes, ...options }: SyncStageOptions = {}): RunningSync {
    const ending = new AbortController();
    const writes: WriteEvent[] = [];
    const told: string[] = [];
    const observer: SyncObserver = {
      written: (it) => void writes.push(it),
      memberState: ({ member, state }) => void told.push(`${member} ${state}`),
      watchRestarted: ({ member, kind, reason }) => void told.push(`restarted ${member} ${kind} ${reason}`),
      auditRepair: ({ member, kind }) => void told.push(`repaired ${member} ${kind}`),
      breakerHold: ({ member }) => void told.push(`breakerHold ${member}`),
    };
    const both: SyncMembers = fixedMembers([this.member("member1", watchTimes), this.member("member2")]);
    const ran = createSync({ members: both, autoImport: false, observer, ...options }).run(ending.signal);
    return {
      writes,
      told,
      tells: async (line) =>
        void (await waitFor(`"${line}"`, async () => told.some((it) => it.match(line)) || undefined, { everyMs: 20 })),
      async stop() {
        ending.abort();
        await ran;
      },
    };
  }

  /** `kubectl apply`: a Service without selector, its slice, and the export. */
  async offer(name: string, address: string, id = "member1"): Promise<void> {
    await this.api(id)("POST", SERVICES, { metadata: { name }, spec: { ports: [{ name: "http", port: 80 }] } });
    await this.api(id)("POST", SLICES, {
      metadata: { name, labels: { [LABEL.serviceName]: name } },
      addressType: "IPv4",
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    });
    await this.api(id)("POST", `${MCS}/serviceexports`, {
      apiVersion: "multicluster.x-k8s.io/v1beta1",
      kind: "ServiceExport",
      metadata: { name },
    });
  }

  async unexport(name: string, id = "member1"): Promise<void> {
    await this.api(id)("DELETE", `${MCS}/serviceexports/${name}`);
  }

  async importing(name: string, id = "member2"): Promise<void> {
    await this.api(id)("POST", `${MCS}/serviceimports`, {
      apiVersion: "multicluster.x-k8s.io/v1beta1",
      kind: "ServiceImport",
      metadata: { name },
      spec: { type: "ClusterSetIP", ports: [{ name: "http", port: 80, protocol: "TCP" }] },
    });
  }

  /** Its pod has another address. */
  async repod(name: string, address: string, id = "member1"): Promise<void> {
    await this.api(id)("PATCH", `${SLICES}/${name}`, { endpoints: [{ addresses: [address] }] });
  }

  /** Addresses that are imported, sorted. */
  async endpoints(name: string, id = "member2"): Promise<readonly string[]> {
    const query = `labelSelector=${encodeURIComponent(`${LABEL.importName}=${name}`)}`;
    const { items } = (await this.api(id)("GET", `${SLICES}?${query}`)) as { items: readonly EndpointSlice[] };
    return items.flatMap((slice) => (slice.endpoints ?? []).flatMap(({ addresses }) => addresses)).sort();
  }

  async become(name: string, wanted: readonly string[], id = "member2"): Promise<void> {
    const are = async () => {
      assert.deepEqual(await this.endpoints(name, id), wanted);
      return true;
    };
    await waitFor(`the endpoints of ${name}`, are, { everyMs: 20 });
  }

  /** Nothing is written for so long. */
  async quiet({ writes }: RunningSync, ms: number): Promise<void> {
    const before = writes.length;
    await sleep(ms);
    assert.deepEqual(writes.slice(before), []);
  }
}
