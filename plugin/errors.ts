/** A handler's error as the protocol has it: one message, and of a resource that was made in part, what there is of it. */
import { Metadata, status, type ServiceError } from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { asRefusal, Partial } from "../provider/resources/display/failure";
import type { Properties } from "../provider/resources/inputs/properties";
import { structOf } from "./wire";

/** Where gRPC puts what an error has beside its message. */
const DETAILS = "grpc-status-details-bin";

/** @param shown what of the outputs the engine may store */
export function serviceError(given: unknown, shown: (outputs: Properties) => Properties): ServiceError {
  const error = asRefusal(given);
  const metadata = new Metadata();
  if (error instanceof Partial) metadata.add(DETAILS, Buffer.from(initFailed(error, shown).serializeBinary()));
  return Object.assign(error, { code: status.UNKNOWN, details: error.message, metadata });
}

function initFailed({ id, properties, reasons, message }: Partial, shown: (outputs: Properties) => Properties): Status {
  const failed = new ErrorResourceInitFailed()
    .setId(id)
    .setProperties(structOf(shown(properties)))
    .setReasonsList([...reasons]);
  const any = new Any();
  any.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  return new Status().setCode(status.UNKNOWN).setMessage(message).setDetailsList([any]);
}

/** What this plugin does not do. */
export function unimplemented(what: string): Pick<ServiceError, "code" | "details"> {
  return { code: status.UNIMPLEMENTED, details: `${what} is not implemented by the plugin mcs` };
}
