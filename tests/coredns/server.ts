/**
 * CoreDNS of a member, as a cluster runs it: with the rights that kubeadm gives it, and the Corefile of its ConfigMap in a file that a kubelet keeps
 * the same. Only addresses and ports are a test's.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { Resolver } from "node:dns/promises";
import * as os from "node:os";
import * as path from "node:path";
import { request } from "undici";
import type { RunningMember } from "../controlplane/clusters";
import { freePorts } from "../controlplane/ports";
import { type RunningProcess, startProcess } from "../controlplane/process";
import { waitFor } from "../controlplane/wait";
import { startWatchdog } from "../parts/watchdog";
import { findCoreDns } from "./find";
import { corefileOf, corefileText, installManifests, kubeconfigOf } from "./manifests";

export interface ClusterDns {
  /** The Corefile of the ConfigMap. */
  corefile(): Promise<string>;
  /** Starts CoreDNS with it. Resolves when it listens, be it ready or not. */
  start(): Promise<RunningDns>;
  /** All that was started, and its files. */
  stop(): Promise<void>;
}

export interface RunningDns {
  /** As a pod asks. */
  readonly resolver: Resolver;
  /** What its readiness probe gets: 200 or 503. */
  ready(): Promise<boolean>;
  /** What a kubelet does: the ConfigMap's Corefile becomes the file that CoreDNS reads anew within seconds. */
  project(): Promise<void>;
  stop(): Promise<void>;
}

export interface ClusterDnsOptions {
  /** Of the Deployment, which nobody runs. Default: a CoreDNS of the version that is run here. */
  readonly image?: string;
}

/** Puts into the member what kubeadm puts there for CoreDNS. */
export async function installCoreDns(member: RunningMember, options: ClusterDnsOptions = {}): Promise<ClusterDns> {
  const coredns = await findCoreDns();
  const { image = `registry.k8s.io/coredns/coredns:v${coredns.version}` } = options;
  const watchdog = startWatchdog();
  const folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-coredns-"));
  watchdog.folder(folder);
  const [port = 0, health = 0, upstream = 0] = await freePorts(3);
  const kubeconfig = path.join(folder, "kubeconfig");
  await installManifests(member, image, corefileText({ address: "127.0.0.1", port, health, upstream, kubeconfig }));
  writeFileSync(kubeconfig, JSON.stringify(await kubeconfigOf(member)), { mode: 0o600 });
  const corefile = () => corefileOf(member);
  const file = path.join(folder, "Corefile");
  const project = async () => writeFileSync(file, await corefile());
  const servers: RunningProcess[] = [];
  return {
    corefile,
    async start() {
      await project();
      const server = await startProcess({
        name: `CoreDNS of ${member.id}`,
        command: [coredns.path, "-conf", file],
        logFile: path.join(folder, "coredns.log"),
        watchdog,
      });
      servers.push(server);
      const resolver = new Resolver({ timeout: 2_000, tries: 2 });
      resolver.setServers([`127.0.0.1:${port}`]);
      const probe = async () => (await request(`http://127.0.0.1:${health}/ready`)).statusCode;
      try {
        // It answers its probe first, and queries once it has waited for the API.
        await waitFor(`CoreDNS of ${member.id}`, () => answersOf(resolver), { giveUp: server.failure });
      } catch (error) {
        await server.stop();
        throw error;
      }
      return { resolver, ready: async () => (await probe()) === 200, project, stop: () => server.stop() };
    },
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
      await watchdog.finish();
    },
  };
}

/** Any answer, "it does not work" among them. */
async function answersOf(resolver: Resolver): Promise<true | undefined> {
  try {
    await resolver.resolve4("kubernetes.default.svc.cluster.local");
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ESERVFAIL" || code === "ENOTFOUND" || undefined;
  }
}
