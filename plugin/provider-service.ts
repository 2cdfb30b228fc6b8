/** pulumirpc.ResourceProvider, method by method. What is not here the server refuses as unimplemented, which the engine expects of some. */
import type { sendUnaryData, ServerUnaryCall, UntypedServiceImplementation } from "@grpc/grpc-js";
import { type PluginAttach, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import {
  type CheckRequest,
  CheckResponse,
  type ConfigureRequest,
  ConfigureResponse,
  type DiffRequest,
  DiffResponse,
  GetSchemaResponse,
  type InvokeRequest,
  InvokeResponse,
  type ProviderHandshakeRequest,
  ProviderHandshakeResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Refusal } from "../provider/resources/display/failure";
import { configureWith } from "../provider/resources/process/context";
import { inPreview } from "../provider/resources/process/preview-guard";
import { serviceError } from "./errors";
import { functions } from "./functions";
import { logAt } from "./log-service";
import { changedConfig, checkConfig, NO_CLUSTERS, parseConfig, type ProviderConfig } from "./provider-config";
import { checkFailure, nameOf, resourceCalls, stored } from "./resource-calls";
import { propertiesOf, structOf } from "./wire";

export interface PluginOptions {
  /** JSON text. */
  readonly schema: string;
  /** Of the package, e.g. "0.1.0". */
  readonly version: string;
  /** `host:port` of the engine; undefined where the plugin was started without, and an engine attaches to it. */
  readonly engineAddress?: string;
}

/** One provider instance: the engine starts a process for each. */
export function providerService({ schema, version, engineAddress }: PluginOptions): UntypedServiceImplementation {
  let config: ProviderConfig = { settings: {} };
  let engine = engineAddress;
  let cancellation = new AbortController();
  const resources = resourceCalls(() => config);

  return {
    handshake: answer((request: ProviderHandshakeRequest) => {
      engine = request.getEngineAddress() || engine;
      return new ProviderHandshakeResponse();
    }),
    attach: answer((request: PluginAttach) => {
      engine = request.getAddress();
      return new Empty();
    }),
    getPluginInfo: answer(() => new PluginInfo().setVersion(version)),
    getSchema: answer(() => new GetSchemaResponse().setSchema(schema)),

    checkConfig: answer((request: CheckRequest) => {
      const [olds, news] = [propertiesOf(request.getOlds()), propertiesOf(request.getNews())];
      const { inputs, failures } = checkConfig(olds, news, nameOf(request));
      return new CheckResponse().setInputs(structOf(inputs)).setFailuresList(failures.map(checkFailure));
    }),
    diffConfig: answer((request: DiffRequest) => {
      const changed = changedConfig(
        propertiesOf(request.getOldInputs() ?? request.getOlds()),
        propertiesOf(request.getNews()),
      );
      const { DIFF_SOME, DIFF_NONE } = DiffResponse.DiffChanges;
      return new DiffResponse().setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE).setDiffsList([...changed]);
    }),
    configure: answer((request: ConfigureRequest) => {
      config = parseConfig(propertiesOf(request.getArgs()));
      cancellation = new AbortController();
      const { clusters, settings } = config;
      if (clusters === undefined) throw new Refusal(`clusters ${NO_CLUSTERS}`);
      configureWith({
        clusters,
        settings: JSON.stringify(settings),
        log: logAt(engine),
        cancelled: cancellation.signal,
      });
      return new ConfigureResponse().setSupportspreview(true);
    }),

    check: answer(resources.check),
    diff: answer(resources.diff),
    create: answer(resources.create),
    read: answer(resources.read),
    update: answer(resources.update),
    delete: answer(resources.delete),
    invoke: answer(async (request: InvokeRequest) => {
      const look = functions[request.getTok()];
      if (!look) throw new Refusal(`the plugin mcs has no function ${request.getTok()}`);
      const found = await inPreview(() => look(propertiesOf(request.getArgs())));
      return new InvokeResponse().setReturn(structOf(found));
    }),

    // Also at the end of every operation, when nothing runs.
    cancel: answer(() => {
      cancellation.abort();
      return new Empty();
    }),
  };
}

function answer<Q, A>(make: (request: Q) => A | Promise<A>) {
  return (call: ServerUnaryCall<Q, A>, done: sendUnaryData<A>): void => {
    Promise.resolve()
      .then(() => make(call.request))
      .then(
        (value) => done(null, value),
        (error: unknown) => done(serviceError(error, stored)),
      );
  };
}
