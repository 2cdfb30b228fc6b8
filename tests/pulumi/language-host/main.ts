/**
 * The language host of programs in Node, Python and Go, for a Pulumi CLI that has none beside it: the official ones are in no registry. Serves
 * what `pulumi preview`, `up`, `refresh` and `destroy` ask for; whatever else is answered with "unimplemented".
 * Started by the CLI through a launcher, which puts the language before the CLI's arguments, the last of which is the engine's address; prints its port, as
 * each plugin does.
 */
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { languageRuntime } from "./language-runtime";
import { type LanguageName, languages } from "./languages";

const orphanCheckMs = 1000;

function main([language = "", ...args]: readonly string[]): void {
  if (!isLanguage(language)) throw new Error(`no host for "${language}"; there is one for ${Object.keys(languages)}`);
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(LanguageRuntimeService, languageRuntime({ language, engineAddress: args.at(-1) ?? "" }));
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

function isLanguage(name: string): name is LanguageName {
  return Object.hasOwn(languages, name);
}

main(process.argv.slice(2));
