/**
 * The DNS that pods of a member ask: CoreDNS in the node's network namespace, behind the Service `kube-dns` and kube-proxy. Whatever becomes of the
 * ConfigMap reaches the file that CoreDNS reads, as a kubelet would bring it, but within a second.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { nthAddress } from "../controlplane/addresses";
import type { RunningMember } from "../controlplane/clusters";
import { inside } from "../controlplane/namespaces";
import { startProcess } from "../controlplane/process";
import { nodeAddress } from "../controlplane/ranges";
import { callFrom } from "../controlplane/sockets";
import { waitFor } from "../controlplane/wait";
import type { Watchdog } from "../parts/watchdog";
import { findCoreDns } from "./find";
import { corefileOf, corefileText, installManifests, kubeconfigOf, NAMESPACE } from "./manifests";

export interface PodDnsOptions {
  readonly member: RunningMember;
  /** The member's place among all, from 1. */
  readonly index: number;
  /** Exists; gets files and log. */
  readonly folder: string;
  readonly watchdog: Watchdog;
  /** Environment with `ip`. */
  readonly env: NodeJS.ProcessEnv;
}

export interface PodDns {
  stop(): Promise<void>;
}

/** Of a Service range, the address that clusters give their DNS. */
export const DNS_PLACE = 10;
const HEALTH = 8181;
const projectEveryMs = 500;

/** Resolves when it answers. */
export async function startPodDns({ member, index, folder: parent, watchdog, env }: PodDnsOptions): Promise<PodDns> {
  const namespace = member.nodeNamespace;
  if (namespace === undefined) throw new Error("names for pods need `network: true`");
  const coredns = await findCoreDns();
  const folder = path.join(parent, "coredns");
  mkdirSync(folder, { mode: 0o700 });
  const address = nodeAddress(index, 1, member.podCIDRs[0] ?? "");
  const kubeconfig = path.join(folder, "kubeconfig");
  const at = { address, port: 53, health: HEALTH, upstream: 5353, kubeconfig };
  await installManifests(member, `registry.k8s.io/coredns/coredns:v${coredns.version}`, corefileText(at));
  await installService(member, address);
  writeFileSync(kubeconfig, JSON.stringify(await kubeconfigOf(member)), { mode: 0o600 });
  const file = path.join(folder, "Corefile");
  let text = await corefileOf(member);
  writeFileSync(file, text);
  const server = await startProcess({
    name: `CoreDNS of ${member.id}`,
    command: inside(namespace, [coredns.path, "-conf", file]),
    logFile: path.join(folder, "coredns.log"),
    watchdog,
    env: env as Record<string, string>,
  });
  const url = `http://${address.includes(":") ? `[${address}]` : address}:${HEALTH}/ready`;
  await waitFor(`CoreDNS of ${member.id}`, () => callFrom(namespace, url, env), { giveUp: server.failure });
  const project = setInterval(() => {
    corefileOf(member).then(
      (now) => {
        if (now !== text) writeFileSync(file, now);
        text = now;
      },
      // The member is stopping, or is made to fail: what was projected stays.
      () => {},
    );
  }, projectEveryMs).unref();
  return {
    stop: async () => {
      clearInterval(project);
      await server.stop();
    },
  };
}

async function installService({ api, serviceCIDRs }: RunningMember, address: string): Promise<void> {
  const metadata = { name: "kube-dns", namespace: NAMESPACE };
  const ports = (["UDP", "TCP"] as const).map((protocol) => ({
    name: `dns-${protocol.toLowerCase()}`,
    port: 53,
    protocol,
  }));
  const spec = { clusterIP: nthAddress(serviceCIDRs[0] ?? "", DNS_PLACE), ports };
  await api("POST", `/api/v1/namespaces/${NAMESPACE}/services`, { metadata, spec });
  await api("POST", `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`, {
    metadata: { ...metadata, labels: { "kubernetes.io/service-name": metadata.name } },
    addressType: address.includes(":") ? "IPv6" : "IPv4",
    ports,
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
  });
}
