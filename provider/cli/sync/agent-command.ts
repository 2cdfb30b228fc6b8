/** `pulumi-mcs sync` as it runs in a cluster: members from a file, behind a lease, with metrics and a log for programs. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { connect } from "../../kube/connect";
import { expandHome } from "../../../common/expand-home";
import type { Member } from "../../reconcile/member";
import { runAgent } from "../../sync/agent/run-agent";
import type { ConfiguredMember } from "../../sync/config/clusterset-file";
import { fileMembers } from "../../sync/config/file-members";
import { LEASE_TIMES } from "../../sync/lease/lease-record";
import { type LogFormat, logText } from "../../sync/metrics/sync-log";
import { fixedMembers, type SyncMembers } from "../../sync/seams/sync-members";
import { createSync } from "../../sync/sync-process";
import type { WriteGate } from "../../sync/seams/write-gate";
import type { ClusterOption } from "../cluster-option";
import type { Printer } from "../printer";

export interface AgentCommandOptions {
  readonly cluster: readonly ClusterOption[];
  /** In place of `cluster`. */
  readonly config?: string;
  readonly autoImport: boolean;
  /** Default: no election. */
  readonly lease?: { readonly namespace: string; readonly name: string };
  /** The member that has the lease. Default: the cluster of the pod. */
  readonly leaseCluster?: string;
  /** Namespace, in each importing member, of one Lease a source. Default: none are kept. */
  readonly sourceLeases?: string;
  /** Default: not served. */
  readonly metricsPort?: number;
  readonly logFormat: LogFormat;
  readonly signal: AbortSignal;
}

/** Exit code: 0 it was asked to end, 1 it lost the lease: then nothing of it may go on, and the process must end at once. */
export async function runInCluster(options: AgentCommandOptions, { out }: Pick<Printer, "out">): Promise<0 | 1> {
  const { lease, autoImport, sourceLeases, metricsPort, logFormat, signal } = options;
  const end = await runAgent({
    start: (parts) => createSync({ ...parts, autoImport }),
    members: (gate, problem) => membersOf(options, { gate, problem }),
    ...(lease && {
      lease: { ...lease, identity: `${hostname()}_${randomUUID()}`, connect: () => leaseMember(options) },
    }),
    ...(metricsPort !== undefined && { port: metricsPort }),
    ...(sourceLeases !== undefined && { sourceLeases }),
    log: (line) => out(logText(line, logFormat, Date.now())),
    listening: (port) =>
      out(
        logText(
          { level: "info", message: `metrics and health on port ${port}`, fields: { port } },
          logFormat,
          Date.now(),
        ),
      ),
    signal,
  });
  return end === "lost" ? 1 : 0;
}

interface Serving {
  /** Default: always open. */
  readonly gate?: WriteGate;
  readonly problem?: (message: string | undefined) => void;
  /** Default: that of connections. */
  readonly timeoutSeconds?: number;
}

/** Of the file, which is looked at again while somebody listens, or of the command line. */
export function membersOf(
  { config, cluster }: Pick<AgentCommandOptions, "config" | "cluster">,
  { problem, ...how }: Serving = {},
): SyncMembers {
  const open = (member: ClusterOption | ConfiguredMember) => connect({ ...member, ...how });
  if (config === undefined) return fixedMembers(cluster.map((one) => ({ id: one.id, connect: () => open(one) })));
  return fileMembers({ file: config, connect: open, expandHome, problem });
}

/** Half of the time in which it must be renewed: a request that hangs leaves time for another one. */
const LEASE_TIMEOUT_SECONDS = LEASE_TIMES.renewSeconds / 2;

async function leaseMember(options: AgentCommandOptions): Promise<Member> {
  const { leaseCluster } = options;
  const how = { timeoutSeconds: LEASE_TIMEOUT_SECONDS };
  if (leaseCluster === undefined) return connect({ id: "the pod's cluster", inCluster: true, ...how });
  const found = (await membersOf(options, how).current()).find(({ id }) => id === leaseCluster);
  if (found === undefined) throw new RangeError(`--lease-cluster names "${leaseCluster}", which is no member`);
  return found.connect();
}
