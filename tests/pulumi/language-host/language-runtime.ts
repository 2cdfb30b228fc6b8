/** The calls of pulumirpc.LanguageRuntime that an operation on a stack makes. */
import type { sendUnaryData, ServerUnaryCall, UntypedServiceImplementation } from "@grpc/grpc-js";
import {
  type GetRequiredPackagesRequest,
  GetRequiredPackagesResponse,
  LanguageHandshakeResponse,
  type RunRequest,
  type RunResponse,
  RuntimeOptionsResponse,
} from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { LanguageName } from "./languages";
import { requiredPackages } from "./required-packages";
import { runProgram } from "./run-program";

export interface HostOptions {
  readonly language: LanguageName;
  /** `host:port` of the engine, which programs log to. */
  readonly engineAddress: string;
}

/** Handlers for a gRPC server. What is missing here the server refuses as unimplemented, which the engine expects of some. */
export function languageRuntime({ language, engineAddress }: HostOptions): UntypedServiceImplementation {
  const cancellation = new AbortController();
  return {
    handshake: answer(() => new LanguageHandshakeResponse()),
    getPluginInfo: answer(() => new PluginInfo()),
    runtimeOptionsPrompts: answer(() => new RuntimeOptionsResponse()),
    getRequiredPackages: answer((call: ServerUnaryCall<GetRequiredPackagesRequest, GetRequiredPackagesResponse>) =>
      new GetRequiredPackagesResponse().setPackagesList(
        // Of the other languages each plugin comes with its first resource.
        language === "nodejs" ? requiredPackages(call.request.getInfo()?.getProgramDirectory() ?? ".") : [],
      ),
    ),
    run: answer((call: ServerUnaryCall<RunRequest, RunResponse>) => {
      // The call ends without an answer when the engine dies; Cancel comes when the user interrupts it.
      const gone = new AbortController();
      call.once("cancelled", () => gone.abort());
      const signal = AbortSignal.any([gone.signal, cancellation.signal]);
      return runProgram(call.request, { language, engineAddress, signal });
    }),
    cancel: answer(() => {
      cancellation.abort();
      return new Empty();
    }),
  };
}

function answer<Q, A>(make: (call: ServerUnaryCall<Q, A>) => A | Promise<A>) {
  return (call: ServerUnaryCall<Q, A>, done: sendUnaryData<A>): void => {
    Promise.resolve()
      .then(() => make(call))
      .then(
        (value) => done(null, value),
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      );
  };
}
