// A dynamic provider and the calls that the engine makes to it.
import type * as grpc from "@grpc/grpc-js";
import type { Any } from "google-protobuf/google/protobuf/any_pb.js";
import type { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import * as proto from "@pulumi/pulumi/proto/provider_pb.js";
import { Status } from "@pulumi/pulumi/proto/status_pb.js";
import { call } from "./grpc.js";
import type { Answer } from "./grpc.js";
import { startPluginProcess } from "./plugin-process.js";
import type { PluginHost, PluginProcess } from "./plugin-process.js";
import { PartialFailure } from "./provider.js";
import type { Difference, Provider, Subject } from "./provider.js";
import { nameOf, typeOf } from "../urn.js";
import { annotateSecrets, containsUnknown, forProvider, fromStruct, toStruct } from "./values.js";
import type { Props } from "./values.js";

/** Configured provider instance. Its process starts with the first call and ends with `close`. */
export class DynamicProvider implements Provider {
  private started: Promise<PluginProcess> | undefined;

  /** @param config the provider resource's inputs; secrets are handed over marked, as the plugin expects them */
  constructor(
    private readonly host: PluginHost,
    private readonly config: Props,
  ) {}

  /** False in a preview in which another resource decides the configuration: then the plugin cannot be asked. */
  private get configured(): boolean {
    return !containsUnknown(this.config);
  }

  async check(urn: string, olds: Props, news: Props) {
    if (!this.configured) return { inputs: news, failures: [] };
    const request = named(new proto.CheckRequest(), urn);
    request.setOlds(toStruct(forProvider(olds)));
    request.setNews(toStruct(forProvider(news)));
    const response = await this.call<proto.CheckResponse>("check", request);
    const failures = response.getFailuresList().map((f) => ({ property: f.getProperty(), reason: f.getReason() }));
    return { inputs: annotateSecrets(fromStruct(response.getInputs()), news), failures };
  }

  async diff(subject: Subject, newInputs: Props): Promise<Difference> {
    if (!this.configured) return { changes: "unavailable", replaces: [], deleteBeforeReplace: false };
    const request = named(new proto.DiffRequest(), subject.urn);
    request.setId(subject.id);
    request.setOldInputs(toStruct(forProvider(subject.oldInputs)));
    request.setOlds(toStruct(forProvider(subject.oldOutputs)));
    request.setNews(toStruct(forProvider(newInputs)));
    const response = await this.call<proto.DiffResponse>("diff", request);
    return {
      changes: (["unknown", "none", "some"] as const)[response.getChanges()],
      replaces: response.getReplacesList(),
      deleteBeforeReplace: response.getDeletebeforereplace(),
    };
  }

  async create(urn: string, inputs: Props, dryRun: boolean) {
    if (dryRun) return { id: "", outputs: this.configured ? inputs : {} };
    const request = named(new proto.CreateRequest(), urn);
    request.setProperties(toStruct(forProvider(inputs)));
    const response = await this.call<proto.CreateResponse>("create", request).catch((error: unknown) =>
      throwAnnotated(error, inputs),
    );
    if (response.getId() === "") throw new Error(`plugin returned empty resource.ID from create '${urn}'`);
    return { id: response.getId(), outputs: annotateSecrets(fromStruct(response.getProperties()), inputs) };
  }

  async read(subject: Subject) {
    const request = named(new proto.ReadRequest(), subject.urn);
    request.setId(subject.id);
    request.setProperties(toStruct(forProvider(subject.oldOutputs)));
    request.setInputs(toStruct(forProvider(subject.oldInputs)));
    const response = await this.call<proto.ReadResponse>("read", request);
    const inputs = response.getInputs();
    return {
      id: response.getId(),
      outputs: annotateSecrets(fromStruct(response.getProperties()), subject.oldOutputs),
      ...(inputs ? { inputs: annotateSecrets(fromStruct(inputs), subject.oldInputs) } : {}),
    };
  }

  async update(subject: Subject, newInputs: Props, dryRun: boolean) {
    if (dryRun) return { outputs: this.configured ? newInputs : {} };
    const request = named(new proto.UpdateRequest(), subject.urn);
    request.setId(subject.id);
    request.setOldInputs(toStruct(forProvider(subject.oldInputs)));
    request.setOlds(toStruct(forProvider(subject.oldOutputs)));
    request.setNews(toStruct(forProvider(newInputs)));
    const response = await this.call<proto.UpdateResponse>("update", request).catch((error: unknown) =>
      throwAnnotated(error, newInputs),
    );
    return { outputs: annotateSecrets(fromStruct(response.getProperties()), newInputs) };
  }

  async delete(subject: Subject): Promise<void> {
    const request = named(new proto.DeleteRequest(), subject.urn);
    request.setId(subject.id);
    request.setOldInputs(toStruct(forProvider(subject.oldInputs)));
    request.setProperties(toStruct(forProvider(subject.oldOutputs)));
    await this.call("delete", request);
  }

  /** Ends the process, if it ever began. */
  async close(): Promise<void> {
    const started = await this.started?.catch(() => undefined);
    if (!started) return;
    started.client.close();
    await started.child.stop();
  }

  private async call<Response>(method: Method, request: object): Promise<Response> {
    this.started ??= this.start();
    const { client } = await this.started;
    try {
      return await invoke<Response>(client, method, request);
    } catch (error) {
      throw fromStatus(error);
    }
  }

  private async start(): Promise<PluginProcess> {
    const started = await startPluginProcess(this.host);
    await invoke(started.client, "configure", this.configuration());
    return started;
  }

  private configuration(): proto.ConfigureRequest {
    const request = new proto.ConfigureRequest();
    request.setAcceptsecrets(true);
    request.setAcceptresources(true);
    request.setArgs(toStruct(this.config));
    return request;
  }
}

type Method = "configure" | "check" | "diff" | "create" | "read" | "update" | "delete";

/** The generated client has four overloads a method; this is the one without metadata and options. */
function invoke<Response>(client: ResourceProviderClient, method: Method, request: object): Promise<Response> {
  const plain = client[method].bind(client) as unknown as (request: object, answer: Answer<Response>) => unknown;
  return call(plain, request);
}

interface Named {
  setUrn(urn: string): unknown;
  setName(name: string): unknown;
  setType(type: string): unknown;
}

function named<Request extends Named>(request: Request, urn: string): Request {
  request.setUrn(urn);
  request.setName(nameOf(urn));
  request.setType(typeOf(urn));
  return request;
}

/** The provider's message without gRPC's `2 UNKNOWN:`; a partial failure travels in a trailer. */
function fromStatus(error: unknown): Error {
  const { details, metadata } = error as grpc.ServiceError;
  const trailer = metadata?.get("grpc-status-details-bin")[0];
  if (trailer instanceof Buffer) {
    for (const detail of Status.deserializeBinary(trailer).getDetailsList() as Any[]) {
      const failed = detail.unpack(
        proto.ErrorResourceInitFailed.deserializeBinary,
        "pulumirpc.ErrorResourceInitFailed",
      );
      if (failed)
        return new PartialFailure(failed.getId(), fromStruct(failed.getProperties()), failed.getReasonsList());
    }
  }
  return new Error(details ?? String(error));
}

function throwAnnotated(error: unknown, inputs: Props): never {
  if (!(error instanceof PartialFailure)) throw error;
  throw new PartialFailure(error.id, annotateSecrets(error.outputs, inputs), error.reasons);
}
