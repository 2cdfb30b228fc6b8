/**
 * Runs the commands of one member's pods. A pod with commands for images whose programs are here (pod-tools.ts; none is pulled) gets a network
 * namespace and processes. All others are answered for by the pod server, as ever.
 */
import { mkdirSync, rmSync } from "node:fs";
import * as path from "node:path";
import { nthAddress } from "../controlplane/addresses";
import type { ContainerRuntime } from "../controlplane/kubelet";
import { DNS_PLACE } from "../coredns/pod-dns";
import type { Container, ContainerState, Pod } from "../controlplane/pods";
import type { Watchdog } from "../parts/watchdog";
import { type RunningContainer, startContainer } from "./container";
import { environmentOf } from "./environment";
import { joinPod, leavePod } from "./pod-network";
import type { PodTools } from "./pod-tools";

export interface RuntimeOptions {
  /** Where main.go looks for pods. */
  readonly pods: string;
  /** Network namespace of the node. */
  readonly node: string;
  readonly serviceCIDRs: readonly string[];
  readonly tools: PodTools;
  readonly watchdog: Watchdog;
  readonly env: NodeJS.ProcessEnv;
}

interface RunningPod {
  readonly namespace: string;
  readonly folder: string;
  readonly containers: ReadonlyMap<string, RunningContainer>;
}

export function containerRuntime(options: RuntimeOptions): ContainerRuntime & { stop(): void } {
  const running = new Map<string, Promise<RunningPod>>();
  let made = 0;

  async function launch(pod: Pod, addresses: readonly string[], onChange: () => void): Promise<RunningPod> {
    const number = (made += 1);
    const namespace = `${options.node}-p${number}`;
    options.watchdog.namespace(namespace);
    await joinPod({ node: options.node, pod: namespace, device: `p${number}`, addresses }, options.env);
    const folder = path.join(options.pods, pod.metadata.namespace, pod.metadata.name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const resolver = resolverOf(pod, options.serviceCIDRs);
    const containers = pod.spec.containers.map((container) => {
      const environment = {
        HOSTNAME: pod.metadata.name,
        ...options.tools.environmentOf(container.image),
        ...environmentOf(pod, container, addresses),
      };
      const started = startContainer({
        ...{
          folder: path.join(folder, container.name),
          namespace,
          command: commandOf(container),
          environment,
          resolver,
          tools: options.tools.folder,
        },
        ...{ watchdog: options.watchdog, env: options.env, onEnd: onChange },
      });
      return [container.name, started] as const;
    });
    return { namespace, folder, containers: new Map(containers) };
  }

  async function end({ namespace, folder, containers }: RunningPod): Promise<void> {
    for (const container of containers.values()) container.kill();
    await leavePod(namespace, options.env);
    rmSync(folder, { recursive: true, force: true });
  }

  return {
    runs: ({ spec }) => spec.containers.every((one) => options.tools.knows(one.image) && commandOf(one).length > 0),
    async states(pod, addresses, onChange): Promise<ReadonlyMap<string, ContainerState>> {
      const { uid } = pod.metadata;
      let launched = running.get(uid);
      if (launched === undefined) {
        launched = launch(pod, addresses, onChange);
        running.set(uid, launched);
        launched.catch(() => running.delete(uid));
      }
      const { containers } = await launched;
      return new Map([...containers].map(([name, container]) => [name, container.state]));
    },
    remove(uid) {
      const launched = running.get(uid);
      running.delete(uid);
      void launched?.then(end, () => {});
    },
    stop: () => {
      for (const launched of running.values()) {
        void launched.then(({ containers }) => containers.forEach((container) => container.kill())).catch(() => {});
      }
      running.clear();
    },
  };
}

function commandOf({ command = [], args = [] }: Container): readonly string[] {
  return [...command, ...args];
}

function resolverOf(pod: Pod, serviceCIDRs: readonly string[]): string {
  const zone = "cluster.local";
  const search = [`${pod.metadata.namespace}.svc.${zone}`, `svc.${zone}`, zone].join(" ");
  const [range = ""] = serviceCIDRs;
  return `nameserver ${nthAddress(range, DNS_PLACE)}\nsearch ${search}\noptions ndots:5\n`;
}
