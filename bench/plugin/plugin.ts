/** A stack without an engine: its states, and plugin processes that look at it or bring it up. What grows is the plugin's, and nothing else. */
import { fork } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { costsOf } from "../measure/traffic";
import { defined, type Operation } from "../measure/operation";
import type { BenchMembers } from "../setting/members";
import { serviceName } from "../setting/services";

export interface PlayedStack {
  readonly namespace: string;
  /** Ids of the members of its clusterset. */
  readonly members: readonly string[];
  readonly exportFrom: readonly string[];
}

interface Resource {
  readonly inputs: object;
  readonly id?: string;
  readonly outs?: object;
}

interface Answer {
  readonly membership: Resource;
  readonly services: readonly Resource[];
  /** How many services differed from what the clusters hold. */
  readonly changed: number;
  readonly cpuSeconds: number;
  /** From the start of the process. */
  readonly seconds: number;
  readonly peakMiB?: number;
}

interface How {
  readonly preview: boolean;
  /** Id → path. */
  readonly kubeconfigs: Readonly<Record<string, string>>;
}

export interface Ran extends Operation {
  readonly changed: number;
}

export class PluginStack {
  private membership: Resource;
  private services: readonly Resource[] = [];

  constructor(
    private readonly stack: PlayedStack,
    private readonly members: BenchMembers,
  ) {
    const clusters = Object.fromEntries(stack.members.map((id) => [id, { source: "kubeconfigPath" }]));
    this.membership = { inputs: { resourceUrn: this.urn("ClusterSetMembership", "bench"), name: "bench", clusters } };
  }

  /** A new process: what a preview asks for. @param kubeconfigs @default those of the members */
  preview(kubeconfigs = this.members.kubeconfigs): Promise<Ran> {
    return this.run(this.services, { preview: true, kubeconfigs });
  }

  /** A new process: services up to this number exist afterwards, and are as the clusters have them. */
  update(services: number, kubeconfigs = this.members.kubeconfigs): Promise<Ran> {
    return this.run([...this.services, ...this.added(services)], { preview: false, kubeconfigs });
  }

  /** As `update`, and asks for none of those that exist. */
  async add(services: number): Promise<Ran> {
    const before = this.services;
    const { kubeconfigs } = this.members;
    const ran = await this.run(this.added(services), { preview: false, kubeconfigs });
    this.services = [...before, ...this.services];
    return ran;
  }

  private added(services: number): readonly Resource[] {
    const there = this.services.length;
    return Array.from({ length: services - there }, (_, at) => this.service(there + at));
  }

  private async run(services: readonly Resource[], how: How): Promise<Ran> {
    this.members.take();
    const answer = await this.process(services, how);
    // The ends of its connections reach the proxies after it is gone.
    await delay(50);
    const traffic = this.members.take();
    this.membership = answer.membership;
    this.services = answer.services;
    return {
      changed: answer.changed,
      traffic,
      values: defined({
        seconds: answer.seconds,
        pluginMiB: answer.peakMiB,
        pluginCpuSeconds: answer.cpuSeconds,
        ...costsOf(traffic),
      }),
    };
  }

  private process(services: readonly Resource[], { preview, kubeconfigs }: How): Promise<Answer> {
    const child = fork(join(__dirname, "plugin-process.js"), {
      execArgv: [],
      serialization: "advanced",
      // The lines that an engine would show.
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const clusters = this.stack.members.map((id) => [id, { kubeconfigPath: kubeconfigs[id] }]);
    const config = {
      "mcs:clusters": JSON.stringify(Object.fromEntries(clusters)),
      "mcs:settings": JSON.stringify({ name: "bench" }),
    };
    child.send({ config, membership: this.membership, services, preview });
    return new Promise((resolve, reject) => {
      child.once("message", (answer: Answer | { readonly problem: string }) => {
        if ("problem" in answer) reject(new Error(`the plugin: ${answer.problem}`));
        else resolve(answer);
      });
      child.once("error", reject);
      child.once("exit", (code, signal) => reject(new Error(`the plugin ended early (${signal ?? code})`)));
    });
  }

  private service(n: number): Resource {
    const { namespace, members, exportFrom } = this.stack;
    const name = serviceName(n);
    const inputs = { namespace, name, exportFrom, importTo: members, incarnation: "bench" };
    return { inputs: { ...inputs, resourceUrn: this.urn("MultiClusterService", name) } };
  }

  private urn(kind: string, name: string): string {
    return `urn:pulumi:${this.stack.namespace}::bench::pulumi-nodejs:dynamic/mcs:${kind}::${name}`;
  }
}
