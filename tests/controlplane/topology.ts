/**
 * The wires: for each member a node, its pods and a caller, each in a network namespace; all nodes on one bridge, which has a
 * namespace of its own, so nothing appears in the host's. Routes between the pod ranges make the flat network of KEP-1645.
 */
import { callerAddress, nodeRange } from "./addresses";
import { ip, setKernel } from "./namespaces";
import { nodeAddress, type Ranges } from "./ranges";
import type { Watchdog } from "../parts/watchdog";

export interface Wires {
  readonly node: string;
  readonly pods: string;
  readonly caller: string;
}

export interface MemberWires {
  readonly ranges: Ranges;
  /** How many nodes' ranges its pods use. */
  readonly nodes: number;
}

export interface TopologyOptions {
  readonly prefix: string;
  readonly members: readonly MemberWires[];
  readonly env: NodeJS.ProcessEnv;
  readonly watchdog: Watchdog;
}

/** Link-local ends of each wire below a node, the same everywhere. */
const gateway = { v4: "169.254.1.1", v6: "fe80::1" } as const;
const leaf = { v4: "169.254.1.2", v6: "fe80::2" } as const;
const everywhere = { v4: "0.0.0.0/0", v6: "::/0" } as const;

function family(address: string): "v4" | "v6" {
  return address.includes(":") ? "v6" : "v4";
}

/** Makes all of it. The watchdog removes it. Members are in the order given. */
export async function layWires(options: TopologyOptions): Promise<Wires[]> {
  const { prefix, members, env, watchdog } = options;
  const hub = `${prefix}-hub`;
  const wires = members.map(({ ranges }) => ({
    node: `${prefix}-m${ranges.index}-node`,
    pods: `${prefix}-m${ranges.index}-pods`,
    caller: `${prefix}-m${ranges.index}-caller`,
  }));
  const names = [hub, ...wires.flatMap(({ node, pods, caller }) => [node, pods, caller])];
  names.forEach((name) => watchdog.namespace(name));
  await ip(env, [
    ...names.map((name) => `netns add ${name}`),
    ...wires.flatMap(({ node, pods, caller }, i) => [
      `link add port${i} netns ${hub} type veth peer name uplink netns ${node}`,
      `link add eth0 netns ${pods} type veth peer name pods netns ${node}`,
      `link add eth0 netns ${caller} type veth peer name caller netns ${node}`,
    ]),
  ]);
  const ports = wires.flatMap((_, i) => [`link set port${i} master bridge`, `link set port${i} up`]);
  await ip(env, ["link add bridge type bridge", "link set bridge up", ...ports], hub);
  for (const [i, { node, pods, caller }] of wires.entries()) {
    const own = members[i];
    if (own === undefined) continue;
    await setKernel(env, node, forwarding);
    await ip(env, nodeLines(own, members), node);
    await ip(env, [...leafLines(own.ranges, () => undefined), ...podLines(own)], pods);
    await ip(env, leafLines(own.ranges, callerAddress), caller);
  }
  return wires;
}

const forwarding = {
  "ipv4/ip_forward": "1",
  "ipv6/conf/all/forwarding": "1",
  "ipv4/conf/all/rp_filter": "0",
  "ipv4/conf/default/rp_filter": "0",
};

function nodeLines(own: MemberWires, members: readonly MemberWires[]): string[] {
  const { index, podCIDRs } = own.ranges;
  const lines = ["link set lo up", "link set uplink up", "link set pods up", "link set caller up"];
  for (const cidr of podCIDRs) {
    const kind = family(cidr);
    const [wide, narrow, check] = kind === "v4" ? [16, 32, ""] : [64, 64, " nodad"];
    for (let node = 1; node <= own.nodes; node += 1) {
      lines.push(`addr add ${nodeAddress(index, node, cidr)}/${wide} dev uplink${check}`);
    }
    lines.push(`addr add ${gateway[kind]}/${narrow} dev pods${check}`);
    lines.push(`addr add ${gateway[kind]}/${narrow} dev caller${check}`);
    lines.push(`route add ${cidr} via ${leaf[kind]} dev pods onlink`);
    lines.push(`route add ${callerAddress(cidr)} via ${leaf[kind]} dev caller onlink`);
    // The kernel looks for a route before kube-proxy's rules rewrite what the node itself sends to a cluster IP.
    lines.push(`route add ${everywhere[kind]} dev uplink`);
  }
  for (const { ranges } of members.filter((member) => member.ranges.index !== index)) {
    const reachable = ranges.podCIDRs.filter((cidr) => podCIDRs.some((mine) => family(mine) === family(cidr)));
    for (const cidr of reachable) lines.push(`route add ${cidr} via ${nodeAddress(ranges.index, 1, cidr)}`);
  }
  return lines;
}

/** A namespace at the end of a wire: everything goes through its node. `own` gives an address that its requests come from. */
function leafLines(ranges: Ranges, own: (cidr: string) => string | undefined): string[] {
  const lines = ["link set lo up", "link set eth0 up"];
  for (const cidr of ranges.podCIDRs) {
    const v4 = family(cidr) === "v4";
    const gate = gateway[family(cidr)];
    const source = own(cidr);
    lines.push(`addr add ${leaf[family(cidr)]}/${v4 ? "32" : "64 nodad"} dev eth0`);
    if (source !== undefined) lines.push(`addr add ${source}/${v4 ? "32" : "128 nodad"} dev eth0`);
    const from = source === undefined ? "" : ` src ${source}`;
    lines.push(`route add ${everywhere[family(cidr)]} via ${gate} dev eth0 onlink${from}`);
  }
  return lines;
}

/** All addresses of the nodes' ranges are at home here: which of them are pods is the pod server's to know. */
function podLines({ ranges, nodes }: MemberWires): string[] {
  const numbers = Array.from({ length: nodes }, (_, i) => i + 1);
  return ranges.podCIDRs.flatMap((cidr) => numbers.map((node) => `route add local ${nodeRange(cidr, node)} dev lo`));
}
