import assert from "node:assert/strict";
import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb.js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import sinon from "sinon";
import { engineLog } from "../../../../provider/resources/display/engine-log";

/** argv of a plugin process: node, the SDK's script, and, last, the engine's address. */
const plugin = (address: string) => [process.execPath, require.resolve("@pulumi/pulumi/cmd/dynamic-provider"), address];

describe("the engine's log", () => {
  afterEach(() => sinon.restore());

  it("gets lines with resource, level and whether they stay, and nothing that a terminal would obey", async () => {
    const received: LogRequest.AsObject[] = [];
    const server = new grpc.Server();
    server.addService(EngineService, {
      log: (call: { request: LogRequest }, answer: (error: null, empty: Empty) => void) => {
        received.push(call.request.toObject());
        answer(null, new Empty());
      },
    });
    const bind = (done: (error: Error | null, port: number) => void) =>
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), done);
    const port = await new Promise<number>((resolve, reject) =>
      bind((error, bound) => (error ? reject(error) : resolve(bound))),
    );
    const log = engineLog(plugin(`127.0.0.1:${port}`));
    await log.write({ urn: "urn:1", message: "done" });
    await log.write({ urn: "urn:2", message: "look out", severity: "warning" });
    await log.write({ urn: "urn:3", message: "waiting", ephemeral: true });
    await log.write({ urn: "urn:4", message: "one\n  two\u001b[2J" });
    server.forceShutdown();
    assert.deepEqual(
      received.map(({ urn, message, severity, ephemeral }) => [urn, message, severity, ephemeral]),
      [
        ["urn:1", "done", 1, false],
        ["urn:2", "look out", 2, false],
        ["urn:3", "waiting", 1, true],
        ["urn:4", "one\n  two [2J", 1, false],
      ],
    );
  });

  const elsewhere: [name: string, argv: string[]][] = [
    ["nobody listens", plugin("127.0.0.1:1")],
    ["the last argument is no address", plugin("run")],
    ["it runs outside a plugin", [process.execPath]],
    ["the script is no plugin of Pulumi's", [process.execPath, "/nowhere/script.js", "127.0.0.1:1"]],
  ];
  for (const [name, argv] of elsewhere) {
    it(`goes to the console where ${name}, without progress`, async () => {
      const console = sinon.stub(globalThis.console, "log");
      const log = engineLog(argv);
      await log.write({ urn: "u", message: "done" });
      await log.write({ urn: "u", message: "look out", severity: "warning" });
      await log.write({ urn: "u", message: "waiting", ephemeral: true });
      assert.deepEqual(console.args, [["done"], ["warning: look out"]]);
    });
  }
});
