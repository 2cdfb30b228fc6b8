/** Members whose pods run in nobody's network: what a server and a caller say is played, and every object is as it would be. */
import assert from "node:assert/strict";
import type { Pod } from "../../../provider/mcs/api";
import { LABEL } from "../../../provider/mcs/marks";
import { MemberError } from "../../../provider/reconcile/member-error";
import { createFleet, type Fleet } from "../../../provider/reconcile/observe/fleet";
import type { Clock } from "../../../provider/reconcile/waiting";
import { memoryMember, type MemoryMember } from "../../support/memory-member";

export const NAMESPACE = "net";

export interface PlayedOptions {
  readonly crds?: boolean;
  /** Whether kube-controller-manager writes slices. Default true. */
  readonly slices?: boolean;
}

export class PlayedPods {
  readonly members: ReadonlyMap<string, MemoryMember>;
  /** Members that answer nothing now. */
  readonly down = new Set<string>();
  /** Called when a pod is first looked at: the moment in which something may happen to a member. */
  onPod: (member: string, pod: string) => void = () => {};
  #now = Date.UTC(2026, 0, 1);
  #playing = false;
  readonly clock: Clock = { now: () => this.#now, wait: async (ms) => void (this.#now += ms), jitter: () => 0 };

  constructor(
    ids: readonly string[],
    private readonly options: PlayedOptions = {},
  ) {
    this.members = new Map(ids.map((id, at) => [id, this.#member(id, `10.${at + 1}.0.5`)]));
    for (const member of this.members.values()) member.put("Namespace", { metadata: { name: NAMESPACE } });
  }

  #member(id: string, address: string): MemoryMember {
    const member = memoryMember({
      id,
      crds: this.options.crds ?? true,
      now: () => new Date(this.#now),
      intercept: async ({ verb, kind, name = "" }) => {
        if (this.#playing) return;
        if (verb === "get" && kind === "Pod") await this.#play(member, name, address);
        if (this.down.has(id)) throw new MemberError("unreachable", id, `${id}: no answer`);
      },
    });
    return member;
  }

  /** Of a fleet as a command makes it for those members. */
  fleet(ids: readonly string[] = [...this.members.keys()]): Fleet {
    return createFleet({
      ids,
      connect: async (id) => this.at(id),
      clock: () => this.#now,
      waiting: this.clock,
    });
  }

  at(id: string): MemoryMember {
    return this.members.get(id) ?? assert.fail(`no member ${id}`);
  }

  later(ms: number): void {
    this.#now += ms;
  }

  /** `member1 Service mcs-probe-…`, of everything that a probe made, or that was made for it. */
  async left(): Promise<readonly string[]> {
    this.#playing = true;
    const kinds = ["Pod", "Service", "ServiceExport", "ServiceImport"] as const;
    const all = [...this.members].flatMap(([id, member]) =>
      kinds.map(async (kind) => {
        const absent = this.options.crds === false && /^Service[EI]/.test(kind);
        const found = absent ? [] : await member.list(kind, { namespace: NAMESPACE });
        return found.map(({ metadata }) => `${id} ${kind} ${metadata.name}`);
      }),
    );
    const found = (await Promise.all(all)).flat().sort();
    this.#playing = false;
    return found;
  }

  /** The kubelet's part, and the EndpointSlice controller's. A caller is answered by everybody whom it calls. */
  async #play(member: MemoryMember, name: string, address: string): Promise<void> {
    this.#playing = true;
    const pod = await member.get("Pod", { namespace: NAMESPACE, name });
    this.#playing = false;
    if (pod === undefined || pod.status?.phase !== undefined) return;
    this.onPod(member.id, name);
    const podIPs = [{ ip: address }];
    if (name.endsWith("-from")) return this.#put(member, pod, { phase: "Succeeded", podIPs, ...ended(scriptOf(pod)) });
    this.#put(member, pod, { phase: "Running", podIPs, conditions: [{ type: "Ready", status: "True" }] });
    if (this.options.slices === false) return;
    member.put("EndpointSlice", {
      metadata: { name: `${name}-x7k2p`, namespace: NAMESPACE, labels: { [LABEL.serviceName]: name } },
      addressType: "IPv4",
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports: [{ name: "http", protocol: "TCP", port: 8080 }],
    });
  }

  #put(member: MemoryMember, pod: Pod, status: Pod["status"]): void {
    member.put("Pod", { ...pod, ...(status && { status }) });
  }
}

function scriptOf({ spec }: Pod): string {
  const { containers } = spec as { containers: readonly { command: readonly string[] }[] };
  return containers[0]?.command.at(-1) ?? "";
}

function ended(script: string): Pick<NonNullable<Pod["status"]>, "containerStatuses"> {
  const calls = [...script.matchAll(/try '(\d+ [46-] \d)'/g)].map(([, key]) => `${key} 0`);
  const terminated = { exitCode: 0, message: `${calls.join("\n")}\n` };
  return { containerStatuses: [{ name: "main", state: { terminated } }] };
}
