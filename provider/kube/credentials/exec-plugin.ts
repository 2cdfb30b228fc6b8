/**
 * Runs a kubeconfig's exec plugin (`aws eks get-token` and the like) and reads its ExecCredential.
 * Ours, because the library's has no deadline, no early renewal and does not tell the plugin which API version is wanted.
 */
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import type { Cluster } from "./client-node";
import { invalid } from "./kubeconfig-error";

/** `users[].user.exec` of a kubeconfig. */
export interface ExecConfig {
  readonly apiVersion?: string;
  readonly command?: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly provideClusterInfo?: boolean;
}

export interface ExecRun {
  /** Cluster id, for messages. */
  readonly id: string;
  readonly exec: ExecConfig;
  readonly cluster: Cluster;
  /** Folder that a relative command is relative to. */
  readonly directory?: string;
  /** Default 60 s: a plugin that waits for a browser login would otherwise hold the run for ever. */
  readonly timeoutMs?: number;
}

export interface ExecCredential {
  readonly token?: string;
  readonly clientCertificateData?: string;
  readonly clientKeyData?: string;
  /** RFC 3339; absent: as long as the server takes it. */
  readonly expirationTimestamp?: string;
}

/** Rejects with MemberError `kubeconfig`; what the plugin printed is not passed on, as it may hold a secret. */
export async function runExecPlugin({
  id,
  exec,
  cluster,
  directory,
  timeoutMs = 60_000,
}: ExecRun): Promise<ExecCredential> {
  if (exec.command === undefined || exec.command === "") {
    throw invalid(id, "the exec plugin of the kubeconfig's user has no command");
  }
  const isRelative = /[\\/]/.test(exec.command) && directory !== undefined;
  const command = isRelative ? resolve(directory, exec.command) : exec.command;
  const env = { ...process.env, KUBERNETES_EXEC_INFO: execInfo(exec, cluster) };
  for (const { name, value } of exec.env ?? []) {
    Object.assign(env, { [name]: value });
  }
  const output = await new Promise<string>((resolveOutput, reject) => {
    const child = execFile(
      command,
      [...(exec.args ?? [])],
      { env, timeout: timeoutMs, killSignal: "SIGKILL", maxBuffer: 1024 * 1024, windowsHide: true },
      (error, stdout) =>
        error === null ? resolveOutput(stdout) : reject(invalid(id, whyFailed(command, error, timeoutMs))),
    );
    child.stdin?.on("error", () => undefined);
    child.stdin?.end();
  });
  const status = statusOf(output);
  if (status === undefined) {
    throw invalid(
      id,
      `the exec plugin "${command}" did not print an ExecCredential with a token or certificate: run it by hand to see why`,
    );
  }
  return status;
}

function execInfo(exec: ExecConfig, cluster: Cluster): string {
  const info = {
    server: cluster.server,
    "tls-server-name": cluster.tlsServerName,
    "insecure-skip-tls-verify": cluster.skipTLSVerify,
    "certificate-authority-data": cluster.caData,
    "proxy-url": cluster.proxyUrl,
  };
  return JSON.stringify({
    apiVersion: exec.apiVersion ?? "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    spec: { interactive: false, ...(exec.provideClusterInfo ? { cluster: info } : {}) },
  });
}

function whyFailed(
  command: string,
  error: { code?: string | number | null; killed?: boolean },
  timeoutMs: number,
): string {
  if (error.code === "ENOENT") {
    return `the exec plugin "${command}" is not installed on this machine, or not on PATH`;
  }
  return error.killed === true
    ? `the exec plugin "${command}" did not finish within ${timeoutMs / 1_000} s: log in first, then run again`
    : `the exec plugin "${command}" failed (${error.code ?? "killed"}): run it by hand to see why`;
}

function statusOf(output: string): ExecCredential | undefined {
  let status: unknown;
  try {
    status = (JSON.parse(output) as { status?: unknown } | null)?.status;
  } catch {
    return undefined;
  }
  if (typeof status !== "object" || status === null) {
    return undefined;
  }
  const credential = status as ExecCredential;
  return typeof credential.token === "string" || typeof credential.clientCertificateData === "string"
    ? credential
    : undefined;
}
