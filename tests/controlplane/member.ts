/** One member cluster: etcd, kube-apiserver and kube-controller-manager on loopback ports, with data for one run. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { registerKubeconfig } from "../support/secret-search";
import { makeAccount } from "./account";
import { type AdminClient, adminClient } from "./admin";
import { apiserverFlags, controllerManagerFlags, etcdFlags, type Layout } from "./flags";
import type { Binaries, Component } from "./binaries";
import { kubeconfigText, writeKubeconfig } from "./kubeconfig";
import { freePorts } from "./ports";
import { type RunningProcess, startProcess } from "./process";
import type { Ranges } from "./ranges";
import { waitFor } from "./wait";
import type { Watchdog } from "../parts/watchdog";

/** Somebody besides the administrator who may talk to the API server. Rights come from RBAC objects that the test makes. */
export interface User {
  readonly name: string;
  readonly token: string;
  readonly groups?: readonly string[];
}

export interface ControlPlaneOptions {
  readonly id: string;
  readonly ranges: Ranges;
  /** Must exist; gets kubeconfig, certificates, logs and etcd's data. */
  readonly folder: string;
  readonly users: readonly User[];
  /** PEM; clients with a certificate of this authority are who it says (CN is the user). */
  readonly clientCa?: string;
  /** Where kubelets serve exec and logs. */
  readonly kubelet?: Layout["kubelet"];
  readonly binaries: Binaries;
  readonly watchdog: Watchdog;
}

export interface ControlPlane {
  readonly server: string;
  readonly caPem: string;
  /** Of the administrator (group system:masters). */
  readonly token: string;
  /** The administrator's. */
  readonly adminKubeconfig: string;
  readonly adminKubeconfigPath: string;
  /** The package's: see account.ts. */
  readonly kubeconfig: string;
  readonly kubeconfigPath: string;
  readonly admin: AdminClient;
  /** The one that runs now. */
  apiserver(): RunningProcess;
  /** Kills the API server and starts it again at the same address; resolves when it is ready. */
  restart(): Promise<void>;
  /** A backup of what etcd holds; what it returns brings that back, numbers and all, as after a disaster. Both restart the API server. */
  backup(): Promise<() => Promise<void>>;
  /** The first part that died, explained. */
  failure(): Error | undefined;
  stop(): Promise<void>;
}

const startSeconds = 120;
const attempts = 3;

/** Resolves when the API server is ready and pods can be made. @throws with the end of the log of the part that failed. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(options, path.join(options.folder, `run${attempt}`));
    } catch (error) {
      // Somebody else took a port between our look and the start: only that is worth another attempt.
      const taken = error instanceof Error && error.message.includes("address already in use");
      if (!taken || attempt === attempts) throw error;
    }
  }
}

async function startOnce(options: ControlPlaneOptions, folder: string): Promise<ControlPlane> {
  const { id, binaries, watchdog, ranges } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [client = 0, peer = 0, secure = 0] = await freePorts(3);
  const token = randomBytes(16).toString("hex");
  const { kubelet } = options;
  const layout = { folder, client, peer, secure, ranges, kubelet, ...writeSecrets(folder, token, options) };
  const running: RunningProcess[] = [];
  const failure = () => running.map((part) => part.failure()).find((error) => error !== undefined);
  const start = async (component: Component, flags: readonly string[]): Promise<RunningProcess> => {
    const command = binaries.command(component);
    if (command === undefined) throw new Error(`no ${component} in ${binaries.source}`);
    const logFile = path.join(options.folder, `${component}.log`);
    // A collection a little earlier costs few cycles here and keeps a third of the memory free for another member.
    const env = { GOGC: "60" };
    const child = await startProcess({
      name: `${component} of ${id}`,
      command: [...command, ...flags],
      logFile,
      watchdog,
      env,
    });
    running.push(child);
    return child;
  };
  const stop = async () => void (await Promise.all(running.map((part) => part.stop())));
  try {
    let etcd = await start("etcd", etcdFlags(layout));
    let apiserver = await start("kube-apiserver", apiserverFlags(layout));
    const wait = { seconds: startSeconds, giveUp: failure };
    // The API server makes its own certificate; what it wrote is the only authority that we trust.
    const read = () => Promise.resolve(wholePem(readFileSync(path.join(layout.certificates, "apiserver.crt"), "utf8")));
    const caPem = await waitFor(`the certificate of ${id}`, read, wait);
    const server = `https://127.0.0.1:${secure}`;
    const adminKubeconfig = kubeconfigText({ name: id, server, caPem, token });
    const adminKubeconfigPath = path.join(options.folder, "kubeconfig");
    writeKubeconfig(adminKubeconfigPath, adminKubeconfig);
    const admin = adminClient({ id, server, caPem, token, failure });
    await waitFor(`the API server of ${id}`, () => admin.api("GET", "/readyz"), wait);
    const managerFlags = controllerManagerFlags({ ...layout, kubeconfigPath: adminKubeconfigPath });
    let manager = await start("kube-controller-manager", managerFlags);
    // Its presence says that the controllers run, and pods are refused without it.
    const account = () => admin.api("GET", "/api/v1/namespaces/default/serviceaccounts/default");
    await waitFor(`the controllers of ${id}`, account, wait);
    const own = await makeAccount({ id, server, caPem, admin });
    const kubeconfig = kubeconfigText({ name: id, server, caPem, token: own });
    const kubeconfigPath = path.join(options.folder, "pulumi-mcs.kubeconfig");
    writeKubeconfig(kubeconfigPath, kubeconfig);
    /** @param meanwhile while nobody holds the data */
    const restart = async (meanwhile?: () => void) => {
      await apiserver.stop();
      if (meanwhile !== undefined) {
        await Promise.all([etcd.stop(), manager.stop()]);
        meanwhile();
        etcd = await start("etcd", etcdFlags(layout));
      }
      apiserver = await start("kube-apiserver", apiserverFlags(layout));
      await waitFor(`the API server of ${id} to be back`, () => admin.api("GET", "/readyz"), wait);
      // It, too, would wait for a moment that has not come yet.
      if (meanwhile !== undefined) manager = await start("kube-controller-manager", managerFlags);
    };
    const data = path.join(folder, "etcd");
    const kept = path.join(folder, "backup");
    const backup = async () => {
      await restart(() => cpSync(data, kept, { recursive: true }));
      return () =>
        restart(() => {
          rmSync(data, { recursive: true });
          cpSync(kept, data, { recursive: true });
        });
    };
    const close = async () => {
      await admin.close();
      await stop();
    };
    registerKubeconfig(adminKubeconfig, `${id}'s administrator`);
    registerKubeconfig(kubeconfig, id);
    const kubeconfigs = { adminKubeconfig, adminKubeconfigPath, kubeconfig, kubeconfigPath };
    const again = { apiserver: () => apiserver, restart: () => restart(), backup };
    return { server, caPem, token, ...kubeconfigs, admin, ...again, failure, stop: close };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A file that is being written is there before its contents are, and no authority at all would mean the machine's own. */
function wholePem(text: string): string | undefined {
  return text.trimEnd().endsWith("-----END CERTIFICATE-----") ? text : undefined;
}

/** Keys and tokens of one cluster, readable by their owner only. */
function writeSecrets(folder: string, token: string, { users, clientCa }: ControlPlaneOptions) {
  const certificates = path.join(folder, "certificates");
  const tokenFile = path.join(folder, "tokens.csv");
  const signingKey = path.join(folder, "service-account.key");
  const { privateKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    // The API server reads the public key out of this form, and of no other private one.
    privateKeyEncoding: { type: "sec1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const rows = [{ name: "admin", token, groups: ["system:masters"] }, ...users];
  const csv = rows.map((user, i) => `${user.token},${user.name},${i},"${(user.groups ?? []).join(",")}"`);
  writeFileSync(tokenFile, `${csv.join("\n")}\n`, { mode: 0o600 });
  writeFileSync(signingKey, privateKey, { mode: 0o600 });
  if (clientCa === undefined) return { certificates, tokenFile, signingKey };
  const clientCaFile = path.join(folder, "client-ca.crt");
  writeFileSync(clientCaFile, clientCa);
  return { certificates, tokenFile, signingKey, clientCaFile };
}
