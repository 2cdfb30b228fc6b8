/** What a member needs to run commands in its pods: the programs, a certificate for both ends, and the process that the API server asks. */
import { mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { freePorts } from "../controlplane/ports";
import { type RunningProcess, startProcess } from "../controlplane/process";
import type { Progress } from "../parts/progress";
import { silent } from "../parts/progress";
import type { Watchdog } from "../parts/watchdog";
import { kubeletCertificate } from "../support/client-certificate";
import { networkUnavailable } from "../controlplane/network";
import { findKubelet } from "./find";
import { type PodTools, podTools } from "./pod-tools";

export interface KubeletParts {
  /** Absolute path of the program. */
  readonly program: string;
  readonly tools: PodTools;
}

let parts: Promise<KubeletParts> | undefined;

/** @throws an Error with the reason where this machine can run no commands in pods */
export function kubeletParts(progress: Progress): Promise<KubeletParts> {
  parts ??= (async () => ({ program: await findKubelet({ progress }), tools: await podTools(progress) }))();
  return parts;
}

/** Why pods can run no commands here, for whoever skips or explains; undefined where they can. Asked once a process. */
export async function containersUnavailable(progress: Progress = silent): Promise<string | undefined> {
  const obstacle = await networkUnavailable(progress);
  if (obstacle !== undefined) return obstacle;
  try {
    await kubeletParts(progress);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Of one member, before it starts. */
export interface Door {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly port: number;
  /** Where the pods' folders are. */
  readonly pods: string;
  /** Resolves when it runs. */
  open(options: { readonly id: string; readonly watchdog: Watchdog }): Promise<RunningProcess>;
}

export async function makeDoor(folder: string, program: string): Promise<Door> {
  const [port = 0] = await freePorts(1);
  const pods = path.join(folder, "pods");
  mkdirSync(pods, { recursive: true, mode: 0o700 });
  const certificateFile = path.join(folder, "kubelet.crt");
  const keyFile = path.join(folder, "kubelet.key");
  const { certificate, key } = kubeletCertificate();
  writeFileSync(certificateFile, certificate);
  writeFileSync(keyFile, key, { mode: 0o600 });
  const flags = { listen: `127.0.0.1:${port}`, pods, certificate: certificateFile, key: keyFile };
  return {
    ...{ certificateFile, keyFile, port, pods },
    open: ({ id, watchdog }) =>
      startProcess({
        name: `kubelet of ${id}`,
        command: [program, ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)],
        logFile: path.join(folder, "kubelet.log"),
        watchdog,
      }),
  };
}
