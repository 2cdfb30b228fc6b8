/** The demo's two clusters: held by this process, or with KEEP=1 by one of their own that outlives it. */
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { type AdminClient, adminClient } from "../controlplane/admin";
import { startClusters } from "../controlplane/clusters";
import type { Progress } from "../parts/progress";
import { down, type Supervised, type SupervisedMember, up } from "../controlplane/supervisor";

export interface DemoMember {
  readonly id: string;
  readonly server: string;
  readonly podCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
  /** Of the account that the package works as. */
  readonly kubeconfigPath: string;
  readonly adminKubeconfigPath: string;
  readonly api: AdminClient["api"];
}

export interface DemoClusters {
  readonly member1: DemoMember;
  readonly member2: DemoMember;
  /** Ends what belongs to this process; clusters that are to be kept stay. */
  stop(): Promise<void>;
}

export interface DemoClustersOptions {
  /** Pods that reach each other, run commands and ask CoreDNS. */
  readonly network: boolean;
  /** Folder of clusters that outlive the demo; undefined: they end with it. */
  readonly keepIn: string | undefined;
  readonly progress: Progress;
}

export async function demoClusters({ network, keepIn, progress }: DemoClustersOptions): Promise<DemoClusters> {
  if (keepIn !== undefined) return kept(keepIn, network, progress);
  const clusters = await startClusters({ members: 2, network, containers: network, dns: network, progress });
  const { member1, member2 } = clusters.members;
  if (member1 === undefined || member2 === undefined) throw new Error("the clusters are not named member1 and member2");
  return { member1, member2, stop: () => clusters.stop() };
}

async function kept(dir: string, network: boolean, progress: Progress): Promise<DemoClusters> {
  // Those of the last time have seen its end; the walk-through begins with none.
  if (await down(dir)) progress("stopped the clusters of the last time");
  const { members }: Supervised = await up({ dir, members: 2, dualStack: false, network, names: network, progress });
  const clients: AdminClient[] = [];
  const member = (id: string): DemoMember & SupervisedMember => {
    const found = members.find((one) => one.id === id);
    if (found === undefined) throw new Error(`${path.relative("", dir)} holds no cluster ${id}`);
    const client = clientOf(found);
    clients.push(client);
    return { ...found, api: (...request) => client.api(...request) };
  };
  const [member1, member2] = [member("member1"), member("member2")];
  return {
    member1,
    member2,
    stop: async () => void (await Promise.all(clients.map((client) => client.close()))),
  };
}

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly "certificate-authority-data": string } }];
  readonly users: readonly [{ readonly user: { readonly token: string } }];
}

function clientOf({ id, server, adminKubeconfigPath }: SupervisedMember): AdminClient {
  const { clusters, users } = parse(readFileSync(adminKubeconfigPath, "utf8")) as Kubeconfig;
  const caPem = Buffer.from(clusters[0].cluster["certificate-authority-data"], "base64").toString();
  return adminClient({ id, server, caPem, token: users[0].user.token });
}
