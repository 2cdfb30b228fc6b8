/**
 * The language host of Node programs, for a Pulumi CLI that has none beside it: the official one is in no registry. Serves
 * what `pulumi preview`, `up`, `refresh` and `destroy` ask for; whatever else is answered with "unimplemented".
 * Started by the CLI, with the engine's address as the last argument; prints its port, as each plugin does.
 */
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { languageRuntime } from "./language-runtime";

const orphanCheckMs = 1000;

function main(args: readonly string[]): void {
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(LanguageRuntimeService, languageRuntime({ engineAddress: args.at(-1) ?? "" }));
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    console.log(String(port));
  });
  // The engine asks a plugin to end by SIGINT; what runs is ended first, as the official host does.
  process.once("SIGINT", () => server.tryShutdown(() => process.exit(0)));
  // An engine that was killed ends nobody.
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && process.exit(1), orphanCheckMs).unref();
}

main(process.argv.slice(2));
