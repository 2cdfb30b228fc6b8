/** Two processes behind one lease: how long until the other one writes when the leader is killed, and when it is stopped. */
import { ApiError } from "../../tests/controlplane/admin";
import type { Progress } from "../../tests/parts/progress";
import type { Importer } from "./importer";
import { LEADS, STARTED_AS_AGENT, startSync, type SyncCommand } from "./sync-command";
import { changeAtOnce, type Between } from "./workload";

const LEASE = { namespace: "default", name: "pulumi-mcs-sync" };

export interface Leaders {
  /** Seconds from the signal until a change that was made right after it stood in the importer. */
  readonly killed: number;
  readonly stopped: number;
}

export async function measureLeaders(
  between: Between,
  importer: Importer,
  { round, progress }: { round: number; progress: Progress },
): Promise<Leaders> {
  const { members, exporter, importer: to } = between;
  await allowLeases(between);
  const running: SyncCommand[] = [];
  const start = () => {
    const clusters = { [exporter]: members.direct[exporter]!, [to]: members.direct[to]! };
    const lease = [`--lease=${LEASE.namespace}/${LEASE.name}`, `--lease-cluster=${exporter}`, "--log-format=text"];
    const sync = startSync(clusters, lease);
    running.push(sync);
    return sync;
  };
  /** The change is sent right after the signal. */
  const without = async (leader: SyncCommand, signal: NodeJS.Signals, at: number) => {
    void leader.end(signal);
    const [milliseconds = NaN] = await changeAtOnce(between, importer, 1, at);
    return milliseconds / 1_000;
  };
  try {
    const first = start();
    await first.says(LEADS);
    const second = start();
    await Promise.all([first.says(STARTED_AS_AGENT), second.says(STARTED_AS_AGENT)]);
    progress("sync: the leader is killed");
    const killed = await without(first, "SIGKILL", round);
    const third = start();
    await third.says(STARTED_AS_AGENT);
    progress("sync: the leader is stopped");
    return { killed, stopped: await without(second, "SIGTERM", round + 1) };
  } finally {
    await Promise.all(running.map((one) => one.end()));
  }
}

/** What deploy/sync gives the account in its own namespace. */
async function allowLeases({ members, exporter }: Between): Promise<void> {
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${LEASE.namespace}`;
  const metadata = { name: LEASE.name };
  const rules = [
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "list", "create", "update"] },
  ];
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: LEASE.name };
  const subjects = [{ kind: "ServiceAccount", namespace: "pulumi-mcs", name: "pulumi-mcs" }];
  for (const [kind, object] of Object.entries({ roles: { rules }, rolebindings: { roleRef, subjects } })) {
    await members
      .api(exporter)("POST", `${rbac}/${kind}`, { metadata, ...object })
      .catch((error: unknown) => {
        if (!(error instanceof ApiError && error.status === 409)) throw error;
      });
  }
}
