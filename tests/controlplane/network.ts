/** A real pod network between the members: Linux network namespaces, an HTTP server for the pods, and kube-proxy. */
import type { Binaries } from "./binaries";
import { runCommand } from "../parts/command";
import type { PodTraffic } from "./kubelet";
import { type KubeProxy, type ProxyMode, startKubeProxy } from "./kube-proxy";
import { inside, removeLeftovers, runPrefix } from "./namespaces";
import { podServer } from "./pod-server";
import { type Progress, silent } from "../parts/progress";
import type { MemberOptions, Ranges } from "./ranges";
import { callFrom, listenIn } from "./sockets";
import { networkTools } from "./tools";
import { layWires } from "./topology";
import type { Watchdog } from "../parts/watchdog";

export interface Network {
  /** Where requests of this member's pods start. */
  callerNamespace(id: string): string;
  /** The member's node: where kube-proxy works, and where wires of pods end. */
  nodeNamespace(id: string): string;
  /** Environment with `ip`. */
  readonly env: NodeJS.ProcessEnv;
  pods(id: string): PodTraffic;
  /** Resolves when kube-proxy has programmed the member's node. */
  startProxy(id: string, options: { folder: string; server: string; kubeconfigPath: string }): Promise<void>;
  call(id: string, url: string): Promise<string>;
  /** Ends a member's kube-proxy; the rules that it made stay, as those of one that crashed. */
  haltProxy(id: string): Promise<void>;
  stop(): Promise<void>;
}

export interface NetworkOptions {
  readonly members: readonly { readonly member: MemberOptions; readonly ranges: Ranges }[];
  readonly binaries: Binaries;
  readonly watchdog: Watchdog;
  readonly progress: Progress;
}

interface Ready {
  readonly env: NodeJS.ProcessEnv;
  readonly mode: ProxyMode;
}

let ready: Promise<Ready> | undefined;

/** Why this machine can have no pod network, for whoever skips or explains; undefined where it can. Asked once a process. */
export async function networkUnavailable(progress: Progress = silent): Promise<string | undefined> {
  try {
    await prepare(progress);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Requests `url` as a pod would, from the namespace that a RunningMember names. For a process that did not start the clusters. */
export async function callFromNamespace(namespace: string, url: string): Promise<string> {
  return callFrom(namespace, url, (await prepare(silent)).env);
}

/** @throws an Error with the reason where the machine cannot have one. */
export async function startNetwork(options: NetworkOptions): Promise<Network> {
  const { members, binaries, watchdog } = options;
  const { env, mode } = await prepare(options.progress);
  watchdog.tools(env);
  await removeLeftovers(env);
  const sizes = members.map(({ member, ranges }) => ({ ranges, nodes: member.nodes ?? 2 }));
  const wires = await layWires({ prefix: runPrefix(), members: sizes, env, watchdog });
  const proxies = new Map<string, KubeProxy>();
  const ends = new Map(
    members.map(({ member, ranges }, i) => {
      const { node = "", pods = "", caller = "" } = wires[i] ?? {};
      const host = ranges.podCIDRs.some((cidr) => cidr.includes(":")) ? "::" : "0.0.0.0";
      const server = podServer((port) => listenIn(pods, { host, port }, env));
      return [member.id, { node, caller, server, podCIDRs: ranges.podCIDRs }] as const;
    }),
  );
  const of = (id: string) => {
    const end = ends.get(id);
    if (end === undefined) throw new Error(`no member ${id}: there are ${[...ends.keys()].join(", ")}`);
    return end;
  };
  return {
    callerNamespace: (id) => of(id).caller,
    nodeNamespace: (id) => of(id).node,
    env,
    pods: (id) => of(id).server,
    startProxy: async (id, proxy) => {
      const { node: namespace, podCIDRs } = of(id);
      const names = { id, namespace, podCIDRs, nodeName: `${id}-node1` };
      proxies.set(id, await startKubeProxy({ ...proxy, ...names, mode, binaries, watchdog, env }));
    },
    haltProxy: async (id) => proxies.get(id)?.halt(),
    call: async (id, url) => callFrom(of(id).caller, url, env),
    stop: async () => {
      await Promise.all([...proxies.values()].map((proxy) => proxy.stop()));
      for (const { server } of ends.values()) server.stop();
    },
  };
}

function prepare(progress: Progress): Promise<Ready> {
  ready ??= check(progress);
  return ready;
}

async function check(progress: Progress): Promise<Ready> {
  if (process.platform !== "linux") throw new Error(`network namespaces need Linux, this is ${process.platform}`);
  if (process.getuid?.() !== 0) throw new Error("network namespaces need root");
  const env = await networkTools(progress);
  const probe = `${runPrefix()}-probe`;
  try {
    await runCommand(["ip", "netns", "add", probe], { env });
  } catch (error) {
    throw new Error(`this machine allows no network namespaces: ${error instanceof Error ? error.message : error}`);
  }
  try {
    return { env, mode: await proxyMode(env, probe) };
  } finally {
    await runCommand(["ip", "netns", "del", probe], { env });
  }
}

/** What kube-proxy's nftables mode asks of the kernel, in one rule. */
const nftProbe = `
table ip probe {
  chain nat {
    type nat hook prerouting priority dstnat;
    fib daddr type local dnat to numgen random mod 2 map { 0 : 10.0.0.1, 1 : 10.0.0.2 }
  }
  chain out {
    type nat hook postrouting priority srcnat;
    ct state new masquerade
  }
}
`;

async function proxyMode(env: NodeJS.ProcessEnv, probe: string): Promise<ProxyMode> {
  const failures: string[] = [];
  for (const [mode, command, input] of [
    ["nftables", ["nft", "-f", "-"], nftProbe],
    [
      "iptables",
      ["iptables", "-t", "nat", "-A", "POSTROUTING", "-m", "comment", "--comment", "x", "-j", "MASQUERADE"],
      "",
    ],
  ] as const) {
    try {
      await runCommand(inside(probe, command), { env, input });
      return mode;
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(`kube-proxy finds neither nftables nor iptables here: ${failures.join("; ")}`);
}
