/**
 * What the upstream suite needs: two members whose pods run their commands, reach each other through kube-proxy and ask CoreDNS, and
 * `pulumi-mcs sync --auto-import` over both, as a person starts it.
 */
import { writeFileSync } from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { dns } from "../../../provider/cli/dns/dns-command";
import { connect } from "../../../provider/kube/connect";
import { mcsCrds } from "../../../provider/kube/crds/mcs-crds";
import { ensureCrds } from "../../../provider/reconcile/membership/ensure-crds";
import { applyManifest } from "../../controlplane/account";
import { type RunningClusters, type RunningMember, startClusters } from "../../controlplane/clusters";
import { type RunningProcess, startProcess } from "../../controlplane/process";
import type { Progress } from "../../parts/progress";
import { startWatchdog } from "../../parts/watchdog";

export interface Stage {
  readonly clusters: RunningClusters;
  /** One file with a context for each member. */
  readonly kubeconfigPath: string;
  readonly contexts: readonly string[];
  readonly sync: RunningProcess;
  stop(): Promise<void>;
}

const root = path.join(__dirname, "../../..");

/** @param folder gets the kubeconfig and the log of sync */
export async function startStage(folder: string, dualStack: boolean, progress: Progress): Promise<Stage> {
  const ids = ["member1", "member2"];
  const clusters = await startClusters({
    members: ids.map((id) => ({ id, dualStack })),
    ...{ network: true, containers: true, dns: true, progress },
  });
  const watchdog = startWatchdog();
  const stop = async () => {
    await watchdog.finish();
    await clusters.stop();
  };
  try {
    const members = ids.flatMap((id) => clusters.members[id] ?? []);
    for (const member of members) await prepare(member);
    const kubeconfigPath = path.join(folder, "kubeconfig");
    writeFileSync(kubeconfigPath, merged(members), { mode: 0o600 });
    const main = path.join(root, "dist/provider/cli/main.js");
    const flags = members.flatMap((member) => ["--cluster", `${member.id}=${member.kubeconfigPath}`]);
    const sync = await startProcess({
      name: "pulumi-mcs sync",
      command: [process.execPath, main, "sync", "--auto-import", ...flags],
      logFile: path.join(folder, "sync.log"),
      watchdog,
    });
    return { clusters, kubeconfigPath, contexts: ids, sync, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** CRDs first, then names: the only safe order. */
async function prepare(member: RunningMember): Promise<void> {
  const { id, api, adminKubeconfig, kubeconfigPath } = member;
  await applyManifest(api, path.join(root, "deploy/rbac/dns.yaml"));
  const connected = await connect({ id, kubeconfig: adminKubeconfig });
  try {
    await ensureCrds(connected, { policy: "install", definitions: mcsCrds });
  } finally {
    await connected.close();
  }
  const said: string[] = [];
  const printer = { out: (text: string) => void said.push(text), err: () => {} };
  const options = { cluster: [{ id, kubeconfigPath }], remove: false, dryRun: false, json: false };
  if ((await dns(options, printer)) !== 0) throw new Error(`${id}: names are not set up: ${said.join("; ")}`);
}

interface Kubeconfig {
  readonly clusters: readonly object[];
  readonly users: readonly object[];
  readonly contexts: readonly object[];
}

/** Each member's context is named as the member. */
function merged(members: readonly RunningMember[]): string {
  const all = members.map(({ adminKubeconfig }) => parse(adminKubeconfig) as Kubeconfig);
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: all.flatMap(({ clusters }) => clusters),
    users: all.flatMap(({ users }) => users),
    contexts: all.flatMap(({ contexts }) => contexts),
  });
}
