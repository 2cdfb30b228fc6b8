// The process of a dynamic provider, started as the CLI starts it.
import { createRequire } from "node:module";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { startNode } from "./child-process.js";
import type { RunningChild } from "./child-process.js";
import { channelOptions } from "./grpc.js";

export interface PluginHost {
  readonly projectName: string;
  /** Working directory: what the provider's `require` starts from. */
  readonly programDirectory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `host:port` of the Engine service. */
  readonly engineAddress: string;
  readonly onOutput: (severity: "info" | "info#err", line: string) => void;
}

export interface PluginProcess {
  readonly client: ResourceProviderClient;
  readonly child: RunningChild;
}

/** Resolves when it listens. @throws when it ends before that */
export async function startPluginProcess(host: PluginHost): Promise<PluginProcess> {
  const projectRequire = createRequire(join(host.programDirectory, "Pulumi.yaml"));
  const port = new FirstLine();
  const child = startNode({
    script: projectRequire.resolve("@pulumi/pulumi/cmd/dynamic-provider"),
    args: [host.engineAddress],
    cwd: host.programDirectory,
    env: { ...host.env, PULUMI_NODEJS_PROJECT: host.projectName, PULUMI_PROJECT: host.projectName },
    // The first line is the port; the rest is what the provider prints.
    onStdout: (line) => void (port.take(line) || host.onOutput("info", line)),
    onStderr: (line) => host.onOutput("info#err", line),
  });
  const died = child.ended.then((code) => {
    throw new Error(`the dynamic provider's process ended with code ${code} before it was ready`);
  });
  died.catch(() => undefined);
  const address = `127.0.0.1:${(await Promise.race([port.line, died])).trim()}`;
  return { client: new ResourceProviderClient(address, grpc.credentials.createInsecure(), channelOptions), child };
}

class FirstLine {
  readonly line: Promise<string>;
  private resolve: ((line: string) => void) | undefined;

  constructor() {
    this.line = new Promise((resolve) => (this.resolve = resolve));
  }

  /** Whether this was the first. */
  take(line: string): boolean {
    if (!this.resolve) return false;
    this.resolve(line);
    this.resolve = undefined;
    return true;
  }
}
