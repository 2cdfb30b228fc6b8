/** The address plan: what every member gets when a test does not say otherwise, so that no two overlap. */

export interface MemberOptions {
  /** Cluster id; also the name in its kubeconfig. */
  readonly id: string;
  /** Adds an IPv6 range to each of the default ranges. Default false. */
  readonly dualStack?: boolean;
  /** Default: `10.<10+i>.0.0/16` for the i-th member (from 1), and `fd00:10:<i>::/64` when dual-stack. */
  readonly podCIDRs?: readonly string[];
  /** Default: `10.<110+i>.0.0/16`, and `fd00:110:<i>::/112` when dual-stack. The first is the primary family. */
  readonly serviceCIDRs?: readonly string[];
  /** Fake nodes. Default 2, at most 15; their zones are a, b, c in turn. */
  readonly nodes?: number;
}

export interface Ranges {
  /** From 1; also the member's place in every address. */
  readonly index: number;
  readonly podCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
}

const mostMembers = 99;

/** @throws for a member beyond the 99th. */
export function rangesOf(member: MemberOptions, index: number): Ranges {
  if (index > mostMembers) throw new Error(`at most ${mostMembers} members`);
  const dual = member.dualStack === true;
  return {
    index,
    podCIDRs: member.podCIDRs ?? [`10.${10 + index}.0.0/16`, ...(dual ? [`fd00:10:${index}::/64`] : [])],
    serviceCIDRs: member.serviceCIDRs ?? [`10.${110 + index}.0.0/16`, ...(dual ? [`fd00:110:${index}::/112`] : [])],
  };
}

/** Address of node `node` (from 1) in the network that joins all nodes (`nodeNetworks`), of the same family as `cidr`. */
export function nodeAddress(index: number, node: number, cidr: string): string {
  return cidr.includes(":") ? `fd00:210::${index}:${node}` : `10.210.${index}.${node}`;
}

export const nodeNetworks = { v4: "10.210.0.0/16", v6: "fd00:210::/64" } as const;
