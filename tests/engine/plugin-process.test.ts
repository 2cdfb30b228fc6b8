/** The process of the plugin, as the engine and the CLI start it. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { CreateRequest, GetSchemaRequest } from "@pulumi/pulumi/proto/provider_pb";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { waitFor } from "../controlplane/wait";
import { isAlive } from "../parts/lock";
import { openStack, patienceMs, type StackDriver } from "./harness/index";
import { installPlugin } from "./plugin-stack";

const root = path.join(__dirname, "../..");
const launcher = path.join(root, "dist/plugin/pulumi-resource-mcs");

describe("the process of the plugin", function () {
  this.timeout(patienceMs);
  let child: ChildProcess;
  afterEach(() => void child?.kill("SIGKILL"));

  async function started(): Promise<{ readonly client: ResourceProviderClient; readonly first: string }> {
    // As the engine: a group of its own.
    child = spawn(launcher, ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"] });
    const [first] = (await once(createInterface({ input: child.stdout! }), "line")) as [string];
    return { first, client: new ResourceProviderClient(`127.0.0.1:${first}`, credentials.createInsecure()) };
  }
  const asked = <A>(call: (done: (error: Error | null, answer: A) => void) => void): Promise<A> =>
    new Promise((resolve, reject) => call((error, answer) => (error ? reject(error) : resolve(answer))));

  it("prints its port first, tells its version and its schema, and takes a Cancel when nothing runs", async () => {
    const { client, first } = await started();
    assert.match(first, /^\d+$/);
    await asked<Empty>((done) => client.cancel(new Empty(), done));
    const info = await asked<PluginInfo>((done) => client.getPluginInfo(new Empty(), done));
    assert.equal(info.getVersion(), (require("../../package.json") as { version: string }).version);
    const schema = await asked<{ getSchema(): string }>((done) => client.getSchema(new GetSchemaRequest(), done));
    assert.deepEqual(JSON.parse(schema.getSchema()), require("../../plugin/schema.json"));
    client.close();
  });

  it("refuses a resource before it is configured, and a type that it does not have, in a word without a stack", async () => {
    const { client } = await started();
    for (const [kind, told] of [
      ["ServiceExport", /belongs to no clusterset/],
      ["Service", /^2 UNKNOWN: the plugin mcs has no resource of this type: .*; it has mcs:index:ClusterSetDNS/],
    ] as const) {
      const request = new CreateRequest().setUrn(`urn:pulumi:dev::shop::mcs:index:${kind}::serve`);
      await assert.rejects(
        asked((done) => client.create(request, done)),
        ({ message }: Error) => told.test(message) && !/\n\s+at /.test(message),
      );
    }
    client.close();
  });

  it("ends by SIGINT at once, as the engine asks it to", async () => {
    await started();
    const ended = once(child, "exit");
    child.kill("SIGINT");
    assert.deepEqual(await ended, [null, "SIGINT"]);
  });

  it("ends when the engine was killed, which ends nobody", async () => {
    const script = `const { spawn } = require("node:child_process");
      const plugin = spawn(process.argv[1], ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"] });
      plugin.stdout.once("data", () => console.log(plugin.pid));`;
    child = spawn(process.execPath, ["-e", script, launcher], { stdio: ["ignore", "pipe", "inherit"] });
    const [pid] = (await once(createInterface({ input: child.stdout! }), "line")) as [string];
    child.kill("SIGKILL");
    await waitFor("the plugin to end", async () => (isAlive(Number(pid)) ? undefined : true));
  });
});

describe("the CLI", function () {
  this.timeout(patienceMs);
  let folder: string;
  let stack: StackDriver;
  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-cli-"));
    const projectDir = path.join(__dirname, "fixtures/yaml");
    stack = await openStack({ projectDir, stack: "dev", stateDir: path.join(folder, "state") });
    await installPlugin(stack);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("finds nothing wrong with the schema, and reads it from the plugin that it installed offline", async () => {
    await stack.command(["schema", "check", path.join(root, "plugin/schema.json")]);
    const { stdout } = await stack.command(["package", "get-schema", "mcs@0.1.0"]);
    const shown = JSON.parse(stdout) as { readonly resources: object };
    assert.deepEqual(Object.keys(shown.resources).sort(), [
      "mcs:index:ClusterSetDNS",
      "mcs:index:ClusterSetMembership",
      "mcs:index:MultiClusterService",
      "mcs:index:ServiceExport",
      "mcs:index:ServiceImport",
    ]);
  });
});
