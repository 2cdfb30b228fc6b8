/**
 * A fake kubelet and scheduler for one member. It binds pods to fake nodes, reports them running with an address, and
 * removes deleted ones, so that Kubernetes' own controllers see what they would see of real nodes.
 */
import { type AddressPool, addressPool } from "./addresses";
import { type AdminClient, ApiError } from "./admin";
import { follow } from "./follow";
import { type FakeNode, fakeNodes, registerNodes } from "./nodes";
import {
  type ContainerState,
  isReady,
  isReported,
  lingerMs,
  type Pod,
  runningStatus,
  tcpPorts,
  wantsReady,
} from "./pods";
import type { Ranges } from "./ranges";

/** Answers for pods on a network; see network.ts. */
export interface PodTraffic {
  /** From now on requests to these addresses and TCP ports get what `answer` returns for the address that was called. */
  serve(pod: { addresses: readonly string[]; ports: readonly number[]; answer: (address: string) => string }): void;
  withdraw(addresses: readonly string[]): void;
}

/** Runs what containers are told to run; see tests/kubelet. */
export interface ContainerRuntime {
  /** Whether this pod has a command, so that it is the runtime's. */
  runs(pod: Pod): boolean;
  /** Starts the pod's containers at the first call. `onChange` is called when one ends. */
  states(pod: Pod, addresses: readonly string[], onChange: () => void): Promise<ReadonlyMap<string, ContainerState>>;
  /** Ends all of it. */
  remove(uid: string): void;
}

export interface KubeletOptions {
  readonly id: string;
  readonly admin: AdminClient;
  readonly ranges: Ranges;
  /** How many nodes it plays. */
  readonly nodes: number;
  /** Where there is a real network. */
  readonly pods?: PodTraffic | undefined;
  /** Default: commands are not run, and every container looks as if it ran. */
  readonly containers?: ContainerRuntime | undefined;
  /** Loopback port of what serves exec and logs. Default: none does. */
  readonly port?: number | undefined;
}

export interface Kubelet {
  /** Pods stay as they are from now on. */
  stop(): void;
}

const retryMs = 500;
const atOnce = 16;

/** Registers the nodes and then runs in the background. @throws when the API server refuses the nodes. */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { id, admin, ranges } = options;
  const nodes = fakeNodes(id, ranges, options.nodes);
  await registerNodes(admin, id, nodes, options.port);
  const kubelet = new PodLoop(options, nodes);
  void follow<Pod>(admin, "/api/v1/pods", {
    signal: kubelet.signal,
    onObject: (pod) => kubelet.see(pod),
    onGone: (uid) => kubelet.forget(uid),
  });
  return { stop: () => kubelet.stop() };
}

interface Node extends FakeNode {
  readonly pools: readonly AddressPool[];
}

/** Level-based: a pod's newest state decides what to do next, one request a step, each pod by itself. */
class PodLoop {
  private readonly abort = new AbortController();
  private readonly nodes = new Map<string, Node>();
  private readonly newest = new Map<string, Pod>();
  private readonly queue = new Set<string>();
  private readonly busy = new Set<string>();
  private readonly told = new Map<string, string>();
  private readonly held = new Map<string, { node: Node; addresses: readonly string[] }>();
  private bound = 0;

  constructor(
    private readonly options: KubeletOptions,
    nodes: readonly FakeNode[],
  ) {
    for (const node of nodes) this.nodes.set(node.name, { ...node, pools: node.podCIDRs.map(addressPool) });
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  stop(): void {
    this.abort.abort();
  }

  see(pod: Pod): void {
    this.newest.set(pod.metadata.uid, pod);
    this.queue.add(pod.metadata.uid);
    this.work();
  }

  forget(uid: string): void {
    this.newest.delete(uid);
    this.queue.delete(uid);
    this.told.delete(uid);
    this.options.containers?.remove(uid);
    const held = this.held.get(uid);
    if (held === undefined) return;
    this.held.delete(uid);
    this.options.pods?.withdraw(held.addresses);
    held.addresses.forEach((address, i) => held.node.pools[i]?.release(address));
  }

  private work(): void {
    for (const uid of this.queue) {
      if (this.busy.size >= atOnce || this.signal.aborted) return;
      const pod = this.newest.get(uid);
      if (pod === undefined || this.busy.has(uid)) continue;
      this.queue.delete(uid);
      this.busy.add(uid);
      void this.step(pod)
        .catch((error: unknown) => this.again(uid, error))
        .finally(() => {
          this.busy.delete(uid);
          this.work();
        });
    }
  }

  /** Gone or changed meanwhile: the watch tells. Everything else is tried again. */
  private again(uid: string, error: unknown): void {
    if (error instanceof ApiError && (error.status === 404 || error.status === 409)) return;
    setTimeout(() => {
      const pod = this.newest.get(uid);
      if (pod !== undefined) this.see(pod);
    }, retryMs).unref();
  }

  private async step(pod: Pod): Promise<void> {
    if (pod.metadata.deletionTimestamp !== undefined) return this.terminate(pod);
    if (pod.spec.nodeName === undefined) return this.bind(pod);
    const node = this.nodes.get(pod.spec.nodeName);
    if (node === undefined || pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed") return;
    const addresses = this.addressesOf(pod, node);
    if (this.options.containers?.runs(pod) === true) return this.runContainers(pod, node, this.options.containers);
    if (!isReported(pod)) {
      await this.report(pod, runningStatus(pod, { pod: addresses, host: node.addresses }));
      return;
    }
    if (isReady(pod))
      this.options.pods?.serve({ addresses, ports: tcpPorts(pod), answer: (address) => this.answer(pod, address) });
    else this.options.pods?.withdraw(addresses);
  }

  private async runContainers(pod: Pod, node: Node, containers: ContainerRuntime): Promise<void> {
    const addresses = this.addressesOf(pod, node);
    const { uid } = pod.metadata;
    const again = () => {
      const newest = this.newest.get(uid);
      if (newest !== undefined) this.see(newest);
    };
    const states = await containers.states(pod, addresses, again);
    const said = JSON.stringify([...states]);
    if (this.told.get(uid) === said && isReady(pod) === wantsReady(pod)) return;
    await this.report(pod, runningStatus(pod, { pod: addresses, host: node.addresses }, states));
    this.told.set(uid, said);
  }

  private async report(pod: Pod, status: object): Promise<void> {
    const headers = { "content-type": "application/strategic-merge-patch+json" };
    await this.options.admin.api("PATCH", `${pathOf(pod)}/status`, status, headers);
  }

  private answer(pod: Pod, address: string): string {
    const { name } = pod.metadata;
    return `hello from cluster ${this.options.id} (Node: ${pod.spec.nodeName} Pod: ${name} Address: ${address})\n`;
  }

  private addressesOf(pod: Pod, node: Node): readonly string[] {
    const { uid } = pod.metadata;
    const held = this.held.get(uid);
    if (held !== undefined) return held.addresses;
    const reported = pod.status?.podIPs?.map(({ ip }) => ip) ?? [];
    reported.forEach((address, i) => node.pools[i]?.reserve(address));
    const addresses = reported.length > 0 ? reported : node.pools.map((pool) => pool.take());
    this.held.set(uid, { node, addresses });
    return addresses;
  }

  private async bind(pod: Pod): Promise<void> {
    if ((pod.spec.schedulingGates ?? []).length > 0) return;
    const names = [...this.nodes.keys()];
    const target = { apiVersion: "v1", kind: "Node", name: names[(this.bound += 1) % names.length] };
    const { name, namespace } = pod.metadata;
    const binding = { apiVersion: "v1", kind: "Binding", metadata: { name, namespace }, target };
    await this.options.admin.api("POST", `${pathOf(pod)}/binding`, binding);
  }

  private async terminate(pod: Pod): Promise<void> {
    const { uid } = pod.metadata;
    setTimeout(() => {
      const remove = { gracePeriodSeconds: 0, preconditions: { uid } };
      this.options.admin.api("DELETE", pathOf(pod), remove).catch((error: unknown) => this.again(uid, error));
    }, lingerMs(pod)).unref();
  }
}

function pathOf(pod: Pod): string {
  return `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`;
}
