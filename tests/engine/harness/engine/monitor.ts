// The ResourceMonitor service: the program's registrations on the wire.
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import * as proto from "@pulumi/pulumi/proto/resource_pb.js";
import { readGoal, readReadGoal } from "./goal.js";
import type { Goal, ReadGoal } from "./goal.js";
import { handler } from "./grpc.js";
import { NotCovered } from "./not-covered.js";
import type { ResourceState } from "./resource.js";
import { fromStruct, toStruct } from "./values.js";
import type { Props } from "./values.js";

/** Who does what the program asks for. */
export interface Registrar {
  register(goal: Goal): Promise<{ readonly state: ResourceState; readonly unknown: boolean }>;
  read(goal: ReadGoal): Promise<ResourceState>;
  registerOutputs(urn: string, outputs: Props): Promise<void>;
  /** Something this engine cannot do: the operation must fail, not only the one call. */
  refuse(error: NotCovered): void;
}

/**
 * What the SDK may use. It asks before it relies on one. Options of single resources are all claimed, for readGoal
 * refuses the uncovered ones with a better word than "update the CLI".
 */
const features = new Set(["secrets", "resourceReferences", "aliasSpecs", "deletedWith", "replaceWith"]);

const uncovered = [
  "invoke",
  "call",
  "registerStackTransform",
  "registerStackInvokeTransform",
  "registerResourceHook",
  "registerErrorHook",
  "registerPackage",
];

export function monitorService(registrar: Registrar): UntypedServiceImplementation {
  const covered = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof NotCovered) registrar.refuse(error);
      throw error;
    }
  };
  const refusals = uncovered.map((method) => [
    method,
    handler(() => covered(() => Promise.reject(new NotCovered(`the request ${method}`)))),
  ]);
  return {
    ...(Object.fromEntries(refusals) as UntypedServiceImplementation),
    supportsFeature: handler((request: proto.SupportsFeatureRequest) =>
      new proto.SupportsFeatureResponse().setHassupport(features.has(request.getId())),
    ),
    registerResource: handler((request: proto.RegisterResourceRequest) =>
      covered(async () => {
        const goal = readGoal(request);
        const { state, unknown } = await registrar.register(goal);
        const response = new proto.RegisterResourceResponse();
        response.setUrn(state.urn);
        response.setId(state.id);
        // A component has the outputs that the program gives it, later.
        response.setObject(toStruct(goal.custom ? state.outputs : {}));
        response.setUnknown(unknown);
        return response;
      }),
    ),
    readResource: handler((request: proto.ReadResourceRequest) =>
      covered(async () => {
        const state = await registrar.read(readReadGoal(request));
        const response = new proto.ReadResourceResponse();
        response.setUrn(state.urn);
        response.setProperties(toStruct(state.outputs));
        return response;
      }),
    ),
    registerResourceOutputs: handler((request: proto.RegisterResourceOutputsRequest) =>
      covered(async () => {
        await registrar.registerOutputs(request.getUrn(), fromStruct(request.getOutputs()));
        return new Empty();
      }),
    ),
    // Deletions begin when the program has ended, so there is nothing to wait for.
    signalAndWaitForShutdown: handler(() => new Empty()),
  };
}
