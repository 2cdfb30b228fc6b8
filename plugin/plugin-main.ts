/**
 * `pulumi-resource-mcs`: started by the engine with the address of its own service as the last argument; the first line that it prints is its port. It ends by SIGINT,
 * which nothing here traps, or the engine waits 5 s to kill it; and when the engine is gone, which ends nobody where it was killed.
 */
import "../common/node-version";
import "../provider/resources/process/small-process";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { version } from "../package.json";
import { providerService } from "./provider-service";
import schema from "./schema.json";

const ORPHAN_CHECK_MS = 1_000;

function main(args: readonly string[]): void {
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  const engineAddress = args.at(-1);
  const options = { schema: JSON.stringify(schema), version, ...(engineAddress !== undefined && { engineAddress }) };
  server.addService(ResourceProviderService, providerService(options));
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    console.log(String(port));
  });
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && process.exit(1), ORPHAN_CHECK_MS).unref();
}

main(process.argv.slice(2));
