// The Engine service: what programs and providers have to say, and the root resource.
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import * as proto from "@pulumi/pulumi/proto/engine_pb.js";
import type { Severity } from "../stack-driver.js";
import { handler } from "./grpc.js";
import { NotCovered } from "./not-covered.js";
import type { Recorder } from "./recorder.js";

const severities: readonly Severity[] = ["debug", "info", "warning", "error"];

export function engineService(recorder: Recorder): UntypedServiceImplementation {
  let root = "";
  return {
    log: handler((request: proto.LogRequest) => {
      const urn = request.getUrn() ? { urn: request.getUrn() } : {};
      recorder.log(severities[request.getSeverity()] ?? "info", request.getMessage(), {
        ...urn,
        ephemeral: request.getEphemeral(),
      });
      return new Empty();
    }),
    getRootResource: handler(() => new proto.GetRootResourceResponse().setUrn(root)),
    setRootResource: handler((request: proto.SetRootResourceRequest) => {
      root = request.getUrn();
      return new proto.SetRootResourceResponse();
    }),
    startDebugging: handler(() => {
      throw new NotCovered("debugging");
    }),
    requirePulumiVersion: handler(() => {
      throw new NotCovered("requirePulumiVersion");
    }),
  };
}
