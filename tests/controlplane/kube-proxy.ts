/** kube-proxy of one member, in its node's network namespace. */
import { writeFileSync } from "node:fs";
import { connect, type Server } from "node:net";
import * as path from "node:path";
import type { Binaries } from "./binaries";
import { inside } from "./namespaces";
import { type RunningProcess, startProcess } from "./process";
import { callFrom, listenIn } from "./sockets";
import { waitFor } from "./wait";
import type { Watchdog } from "../parts/watchdog";

/** How it programs the kernel; kube-proxy's own names. */
export type ProxyMode = "nftables" | "iptables";

export interface ProxyOptions {
  readonly id: string;
  /** Network namespace of the node. */
  readonly namespace: string;
  readonly nodeName: string;
  readonly podCIDRs: readonly string[];
  /** Of the API server, on the host's loopback; reached at the same address in the namespace. */
  readonly server: string;
  readonly kubeconfigPath: string;
  readonly mode: ProxyMode;
  readonly folder: string;
  readonly binaries: Binaries;
  readonly watchdog: Watchdog;
  /** Environment with `ip` and `nft`. */
  readonly env: NodeJS.ProcessEnv;
}

export interface KubeProxy {
  /** Ends the process alone: what it told the kernel stays, and the API server stays in reach of others in the namespace. */
  halt(): Promise<void>;
  stop(): Promise<void>;
}

/** Resolves when it has programmed the Services that there are. @throws with the end of its log when it ends before. */
export async function startKubeProxy(options: ProxyOptions): Promise<KubeProxy> {
  const { id, namespace, binaries, env } = options;
  const command = binaries.command("kube-proxy");
  if (command === undefined) throw new Error(`no kube-proxy in ${binaries.source}`);
  const door = await openDoor(namespace, options.server, env);
  const proxy: RunningProcess = await startProcess({
    name: `kube-proxy of ${id}`,
    command: inside(namespace, [...command, `--config=${writeConfiguration(options)}`]),
    logFile: path.join(options.folder, "kube-proxy.log"),
    watchdog: options.watchdog,
    env: { ...(env as Record<string, string>), GOGC: "60" },
  });
  const stop = async () => {
    await proxy.stop();
    door.close();
  };
  try {
    const healthy = () => callFrom(namespace, "http://127.0.0.1:10256/healthz", env);
    await waitFor(`kube-proxy of ${id}`, healthy, { everyMs: 250, giveUp: proxy.failure });
  } catch (error) {
    await stop();
    throw error;
  }
  return { halt: () => proxy.stop(), stop };
}

/** A file, since the shortest time between two changes of the kernel's rules has no flag in nftables mode. */
function writeConfiguration(options: ProxyOptions): string {
  const periods = { minSyncPeriod: "50ms", syncPeriod: "30s" };
  const configuration = {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    clientConnection: { kubeconfig: options.kubeconfigPath },
    mode: options.mode,
    [options.mode]: periods,
    hostnameOverride: options.nodeName,
    clusterCIDR: options.podCIDRs.join(","),
    detectLocalMode: "ClusterCIDR",
    healthzBindAddress: "127.0.0.1:10256",
    // The limits of connection tracking are the whole machine's, and not ours to change.
    conntrack: { maxPerCore: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
  };
  const file = path.join(options.folder, "kube-proxy.json");
  writeFileSync(file, JSON.stringify(configuration));
  return file;
}

/** The API server listens on the host's loopback only; this makes it reachable at the same address in the namespace. */
async function openDoor(namespace: string, server: string, env: NodeJS.ProcessEnv): Promise<Server> {
  const { hostname, port } = new URL(server);
  const door = await listenIn(namespace, { host: hostname, port: Number(port) }, env);
  return door.on("connection", (inner) => {
    const outer = connect(Number(port), hostname);
    inner.on("error", () => outer.destroy()).on("close", () => outer.destroy());
    outer.on("error", () => inner.destroy()).on("close", () => inner.destroy());
    inner.pipe(outer).pipe(inner);
  });
}
