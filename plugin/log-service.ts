/** The engine's log, for a process that has the protocol loaded. */
import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { channelTo, logOn, type EngineLog, type Protocol } from "../provider/resources/display/engine-log";

/** @param address `host:port` of the engine; undefined where there is none, and the console is written to */
export function logAt(address: string | undefined): EngineLog {
  // The protocol's own types are wider than what is used of them.
  const protocol = { credentials, EngineClient, LogRequest } as unknown as Protocol;
  return logOn(() => (address === undefined ? undefined : channelTo(address, protocol)));
}
