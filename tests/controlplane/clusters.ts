/** Starts member clusters and stops them: what tests, the demo and `npm run clusters` call. */
import { mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { AdminClient } from "./admin";
import type { Binaries } from "./binaries";
import { findControlPlane } from "./find";
import { type ControlPlane, startControlPlane, type User } from "./member";
import { type Kubelet, startKubelet } from "./kubelet";
import { type Network, startNetwork } from "./network";
import { type PodDns, startPodDns } from "../coredns/pod-dns";
import { type Door, kubeletParts, type KubeletParts, makeDoor } from "../kubelet/door";
import { containerRuntime } from "../kubelet/runtime";
import { type Progress, reporting, silent } from "../parts/progress";
import { type MemberOptions, type Ranges, rangesOf } from "./ranges";
import { startWatchdog, type Watchdog } from "../parts/watchdog";

export type { MemberOptions } from "./ranges";
export type { User } from "./member";

export interface RunningMember {
  readonly id: string;
  /** `https://127.0.0.1:<port>`. */
  readonly server: string;
  readonly caPem: string;
  /** Of the administrator (group system:masters). */
  readonly token: string;
  /** Contents, YAML; its only context is named as the member. Of an account with the rights that deploy/rbac ships, and no other. */
  readonly kubeconfig: string;
  readonly kubeconfigPath: string;
  /** The same for the administrator. */
  readonly adminKubeconfig: string;
  readonly adminKubeconfigPath: string;
  readonly podCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
  /** Network namespace in which a pod's requests start; undefined without `network: true`. */
  readonly callerNamespace: string | undefined;
  /** The member's node: where kube-proxy works; undefined without `network: true`. */
  readonly nodeNamespace: string | undefined;
  /** One request with all rights, for arranging a test; see AdminClient. */
  readonly api: AdminClient["api"];
  /** Freezes the API server: connections open, nothing is answered. */
  pause(): void;
  resume(): void;
  /** See ControlPlane. */
  restart(): Promise<void>;
  backup(): Promise<() => Promise<void>>;
  /** Ends kube-proxy; the rules that it made stay. Nothing without `network: true`. */
  haltProxy(): Promise<void>;
  /** Ends this member for good; the others run on. */
  stop(): Promise<void>;
}

export interface RunningClusters {
  readonly members: Readonly<Record<string, RunningMember>>;
  /**
   * Requests `url` from a pod of `member` and returns the body. One attempt, at most 5 s.
   * @throws an Error with the reason when nothing answers, or without `network: true`.
   */
  callFromPod(member: string, url: string): Promise<string>;
  /** Ends a member's CoreDNS, with `dns: true`. */
  stopDns(member: string): Promise<void>;
  /** Resolves when every process is gone and every file and network namespace of this run is removed. */
  stop(): Promise<void>;
}

export interface ClustersOptions {
  /** A number n makes member1 … member<n>. */
  readonly members: number | readonly MemberOptions[];
  /** Holds `<id>/kubeconfig`, logs and data; must be empty or absent, and is removed at the end. Default: a new folder in the system's temporary one. */
  readonly dir?: string;
  /** Joins the pods by a real network with kube-proxy in each member. Needs what `networkUnavailable` checks. Default false. */
  readonly network?: boolean;
  /**
   * Runs the commands of pods that have one, each pod in a network namespace of its own, and serves exec and logs. Needs `network: true`,
   * and what `containersUnavailable` checks. Default false.
   */
  readonly containers?: boolean | undefined;
  /** CoreDNS in every member, where its pods ask. Needs `network: true`. Default false. */
  readonly dns?: boolean | undefined;
  /** Accepted by every member's API server, without any right of their own. */
  readonly users?: readonly User[];
  /** PEM; clients with a certificate of this authority are who it says (CN is the user). Default: certificates are not taken. */
  readonly clientCa?: string;
  readonly progress?: Progress;
}

/**
 * Starts all members at once and resolves when each is ready for pods. They end with `stop`, and in any case with this process.
 * @throws an Error that names the cluster and the part, with the end of its log; nothing runs then.
 */
export async function startClusters(options: ClustersOptions): Promise<RunningClusters> {
  const { progress = silent, users = [], clientCa } = options;
  const members = memberList(options.members).map((member, i) => ({ member, ranges: rangesOf(member, i + 1) }));
  const binaries = await findControlPlane({ progress });
  const dir = folderFor(options.dir);
  const watchdog = startWatchdog();
  watchdog.folder(dir);
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    await Promise.all(stops.splice(0).map((one) => one()));
    await watchdog.finish();
  };
  try {
    const network =
      options.network === true ? await startNetwork({ members, binaries, watchdog, progress }) : undefined;
    if (network !== undefined) stops.push(() => network.stop());
    const parts = options.containers === true ? await kubeletParts(progress) : undefined;
    const text = `starting ${members.length} clusters (${binaries.source})…`;
    const running = await reporting(progress, text, () =>
      allOrFirstError(
        members.map(async (one) => {
          const started = await startMember({ ...one, dir, users, clientCa, binaries, watchdog, network, parts });
          stops.push(() => started.stop());
          return started;
        }),
      ),
    );
    const env = network?.env ?? process.env;
    const names = new Map<string, PodDns>();
    if (options.dns === true) {
      await allOrFirstError(
        running.map(async (member, i) => {
          const folder = path.join(dir, member.id);
          const dns = await startPodDns({ member, index: members[i]?.ranges.index ?? 0, folder, watchdog, env });
          names.set(member.id, dns);
          stops.push(() => dns.stop());
        }),
      );
    }
    return {
      members: Object.fromEntries(running.map((member) => [member.id, member])),
      stopDns: async (member) => names.get(member)?.stop(),
      callFromPod: (member, url) => {
        if (network === undefined)
          return Promise.reject(new Error("these clusters were started without `network: true`"));
        return network.call(member, url);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** All of it is removed at the end, so nothing of anybody else's may be in it; logs are the supervisor's. */
function folderFor(asked: string | undefined): string {
  if (asked === undefined) return mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-clusters-"));
  const dir = path.resolve(asked);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (readdirSync(dir).some((name) => !name.endsWith(".log")))
    throw new Error(`${dir} is not empty: give a new folder`);
  return dir;
}

function memberList(members: number | readonly MemberOptions[]): readonly MemberOptions[] {
  return typeof members === "number" ? Array.from({ length: members }, (_, i) => ({ id: `member${i + 1}` })) : members;
}

interface StartMember {
  readonly member: MemberOptions;
  readonly ranges: Ranges;
  readonly dir: string;
  readonly users: readonly User[];
  readonly clientCa: string | undefined;
  readonly binaries: Binaries;
  readonly watchdog: Watchdog;
  readonly network: Network | undefined;
  readonly parts: KubeletParts | undefined;
}

async function startMember(options: StartMember): Promise<RunningMember> {
  const { member, ranges, network } = options;
  const folder = path.join(options.dir, member.id);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { parts } = options;
  const door = parts && (await makeDoor(folder, parts.program));
  const plane: ControlPlane = await startControlPlane({ ...options, id: member.id, folder, kubelet: door });
  let kubelet: Kubelet | undefined;
  try {
    const pods = network?.pods(member.id);
    const nodes = member.nodes ?? 2;
    const containers = door && (await openDoor(door, options));
    kubelet = await startKubelet({
      id: member.id,
      admin: plane.admin,
      ranges,
      nodes,
      pods,
      containers,
      port: door?.port,
    });
    await network?.startProxy(member.id, { folder, server: plane.server, kubeconfigPath: plane.adminKubeconfigPath });
  } catch (error) {
    kubelet?.stop();
    await plane.stop();
    throw error;
  }
  const { server, caPem, token, admin, apiserver, restart, backup } = plane;
  const { kubeconfig, kubeconfigPath, adminKubeconfig, adminKubeconfigPath } = plane;
  const { podCIDRs, serviceCIDRs } = ranges;
  return {
    ...{ id: member.id, server, caPem, token, podCIDRs, serviceCIDRs },
    ...{ kubeconfig, kubeconfigPath, adminKubeconfig, adminKubeconfigPath },
    callerNamespace: network?.callerNamespace(member.id),
    nodeNamespace: network?.nodeNamespace(member.id),
    haltProxy: async () => network?.haltProxy(member.id),
    api: (...request) => admin.api(...request),
    pause: () => apiserver().signal("SIGSTOP"),
    resume: () => apiserver().signal("SIGCONT"),
    restart,
    backup,
    stop: async () => {
      kubelet.stop();
      await plane.stop();
    },
  };
}

async function openDoor(door: Door, { member, ranges, watchdog, network, parts }: StartMember) {
  if (network === undefined || parts === undefined) throw new Error("`containers: true` needs `network: true`");
  await door.open({ id: member.id, watchdog });
  const node = network.nodeNamespace(member.id);
  const { tools } = parts;
  const { serviceCIDRs } = ranges;
  return containerRuntime({ pods: door.pods, node, serviceCIDRs, tools, watchdog, env: network.env });
}

/** As Promise.all, but settled: after an error nothing is started behind the back of whoever cleans up. */
async function allOrFirstError<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(work);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}
