/** Fake Node objects: Ready, in zones, with the pod ranges from which a cluster's CIDRs can be learnt. */
import { type AdminClient, ApiError } from "./admin";
import { nodeRange } from "./addresses";
import { nodeAddress, type Ranges } from "./ranges";

export interface FakeNode {
  readonly name: string;
  readonly podCIDRs: readonly string[];
  readonly addresses: readonly string[];
}

const zones = ["a", "b", "c"];
const mostNodes = 15;

/** Names, ranges and addresses of a member's nodes: `<id>-node1` and so on. @throws for more than 15. */
export function fakeNodes(id: string, ranges: Ranges, count: number): FakeNode[] {
  if (count > mostNodes) throw new Error(`${id}: at most ${mostNodes} nodes`);
  return Array.from({ length: count }, (_, i) => ({
    name: `${id}-node${i + 1}`,
    podCIDRs: ranges.podCIDRs.map((cidr) => nodeRange(cidr, i + 1)),
    addresses: ranges.podCIDRs.map((cidr) => nodeAddress(ranges.index, i + 1, cidr)),
  }));
}

/** Registers them. One that exists is left as it is. `port`: loopback port of the kubelet's door; default: there is none. */
export async function registerNodes(
  admin: AdminClient,
  id: string,
  nodes: readonly FakeNode[],
  port?: number,
): Promise<void> {
  for (const [i, node] of nodes.entries()) {
    try {
      await admin.api("POST", "/api/v1/nodes", nodeObject({ id, node, zone: zones[i % zones.length] ?? "", port }));
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === "AlreadyExists")) throw error;
    }
    // Admission marks every new node as not ready; a real kubelet's node loses that mark after its first report.
    await admin.api("PATCH", `/api/v1/nodes/${node.name}`, { spec: { taints: null } });
  }
}

interface NodeOptions {
  readonly id: string;
  readonly node: FakeNode;
  readonly zone: string;
  readonly port: number | undefined;
}

function nodeObject({ id, node, zone, port }: NodeOptions): object {
  const now = new Date().toISOString();
  const size = { cpu: "64", memory: "256Gi", pods: "10000" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: node.name,
      labels: {
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/region": id,
        "topology.kubernetes.io/zone": `${id}-${zone}`,
      },
    },
    spec: { podCIDR: node.podCIDRs[0], podCIDRs: node.podCIDRs },
    status: {
      capacity: size,
      allocatable: size,
      addresses: [
        ...node.addresses.map((address) => ({ type: "InternalIP", address })),
        { type: "Hostname", address: node.name },
        // The API server is on the host, where the nodes' own addresses lead nowhere.
        ...(port === undefined ? [] : [{ type: "InternalDNS", address: "127.0.0.1" }]),
      ],
      ...(port === undefined ? {} : { daemonEndpoints: { kubeletEndpoint: { Port: port } } }),
      conditions: [
        {
          type: "Ready",
          status: "True",
          reason: "KubeletReady",
          message: "fake node of a test cluster",
          lastHeartbeatTime: now,
          lastTransitionTime: now,
        },
      ],
    },
  };
}
