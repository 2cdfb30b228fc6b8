/** A stack of fixtures/clusterset on real members, each behind a proxy that counts: what the tests of the whole package play on. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type RunningClusters, startClusters, type User } from "../controlplane/clusters";
import { byPlugin } from "../support/evidence";
import { fingerprint } from "../support/objects";
import { type Proxy, startProxy } from "../support/proxy";
import { openStack, type OperationResult, type StackDriver, type StackOptions } from "./harness/index";
import { installPlugin } from "./plugin-stack";

/** As fixtures/clusterset/index.js reads it. */
export interface Program {
  readonly clusters?: Readonly<Record<string, object>>;
  readonly set?: object;
  readonly services?: Readonly<Record<string, object>>;
  readonly exports?: Readonly<Record<string, object>>;
  readonly imports?: Readonly<Record<string, object>>;
  readonly dns?: Readonly<Record<string, object>>;
  /** Name → id of a service that is only read. */
  readonly reads?: Readonly<Record<string, string>>;
  /** What the program makes in a member by other means: fixtures/clusterset/workload.js. */
  readonly workloads?: Readonly<Record<string, object>>;
}

export class Members {
  private constructor(
    readonly clusters: RunningClusters,
    readonly proxies: Readonly<Record<string, Proxy>>,
  ) {}

  /** @param pods they run commands, and reach each other */
  static async start(count: number, users: readonly User[] = [], pods = false): Promise<Members> {
    const clusters = await startClusters({ members: count, users, network: pods, containers: pods });
    const started = Object.values(clusters.members).map(
      async (it) => [it.id, await startProxy(it.kubeconfig)] as const,
    );
    return new Members(clusters, Object.fromEntries(await Promise.all(started)));
  }

  get ids(): readonly string[] {
    return Object.keys(this.clusters.members);
  }

  api(id: string) {
    return this.clusters.members[id]!.api;
  }

  /** Everything that the package may write, in all members: the same before and after, nothing was written. */
  async fingerprints(): Promise<Readonly<Record<string, object>>> {
    return Object.fromEntries(await Promise.all(this.ids.map(async (id) => [id, await fingerprint(this.api(id))])));
  }

  /** Requests so far, a member; counts anew from here. */
  take(): Readonly<Record<string, { readonly all: number; readonly writes: readonly string[] }>> {
    const counted = Object.entries(this.proxies).map(([id, proxy]) => {
      const writes = proxy.writes().map(({ method, path: where }) => `${method} ${where}`);
      const all = proxy.passages.length;
      proxy.passages.length = 0;
      return [id, { all, writes }] as const;
    });
    return Object.fromEntries(counted);
  }

  async stop(): Promise<void> {
    await Promise.all(Object.values(this.proxies).map((proxy) => proxy.close()));
    await this.clusters.stop();
  }
}

export interface PlayedStack {
  readonly stack: StackDriver;
  /** Describes the program; every member of the members takes part unless `clusters` says otherwise. */
  program(program: Program): Promise<void>;
  /** Messages on the line of the resource of this name, progress excepted. */
  lines(result: OperationResult, name: string): readonly string[];
}

/** Stack `dev` in a folder of its own, unless `more` says otherwise. */
export async function openClusterSet(
  members: Members,
  more: Partial<StackOptions> = {},
): Promise<PlayedStack & { readonly options: StackOptions; close(): void }> {
  const stateDir = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-stack-"));
  const options = { projectDir: path.join(__dirname, "fixtures/clusterset"), stack: "dev", stateDir, ...more };
  const stack = await openStack(options);
  const kubeconfigs = Object.entries(members.proxies).map(([id, { kubeconfig }]) => [id, kubeconfig]);
  if (byPlugin) await installPlugin(stack);
  await stack.setConfig("kubeconfigs", JSON.stringify(Object.fromEntries(kubeconfigs)), true);
  const everybody = Object.fromEntries(members.ids.map((id) => [id, {}]));
  return {
    stack,
    options,
    program: ({ set, ...program }) =>
      stack.setConfig(
        "program",
        JSON.stringify({ clusters: everybody, ...program, set: { ...(byPlugin && { plugin: true }), ...set } }),
      ),
    lines: (result, name) =>
      result.logs
        .filter(({ urn, ephemeral }) => !ephemeral && urn?.endsWith(`::${name}`))
        .map(({ message }) => message),
    close: () => rmSync(stateDir, { recursive: true, force: true }),
  };
}

/** With what the engine said, where it went wrong. */
export function ok(result: OperationResult): OperationResult {
  assert.ok(result.ok, result.error ?? result.stdout);
  return result;
}

/** None of our code. The SDK prints one of its own where the engine shuts down while a component is registered. */
export function assertNoStackTrace({ stdout }: OperationResult): void {
  const frames = stdout.split("\n").filter((line) => /\s+at .*\d+:\d+/.test(line));
  const ofSdk = (line: string) => /node_modules\/|node:internal\//.test(line) && !line.includes("dynamic-provider");
  assert.deepEqual(
    frames.filter((line) => !ofSdk(line)),
    [],
    "a stack trace is shown",
  );
}
