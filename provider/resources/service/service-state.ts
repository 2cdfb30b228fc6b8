/** What is stored of a service, in every shape that was ever written. */
import type { Intent, ServiceView } from "../../reconcile/intent";
import type { Context } from "../process/context";
import { Refusal } from "../display/failure";
import type { ServiceInputs, ServiceKind } from "./service-kinds";
import { ownerMark, ownerName } from "../process/owner";
import { defined, type Properties } from "../inputs/properties";
import { policyOf } from "../inputs/unreachable-policy";

/** Raised when an older package could not read what this one writes. */
export const SCHEMA_VERSION = 1;

export interface ServiceState {
  readonly owner: string;
  readonly inputs: ServiceInputs;
  /**
   * Its create has not come to its end: it may go on taking over from other resources what it was made to adopt. Afterwards what another
   * resource took over stays with that one.
   */
  readonly unfinished?: boolean;
  /** Outputs of the last operation: all that is known of a member that cannot be read now. */
  readonly last?: Properties;
  /** Members that it does not work in any more and that could not be cleared of its objects yet, sorted. */
  readonly withdrawing?: readonly string[];
}

/** All that `read` and `delete` will know: they are given neither the inputs nor the program. */
export function outputsOf(kind: ServiceKind, state: ServiceState, view: ServiceView): Properties {
  const { owner, inputs, unfinished, last = {}, withdrawing = [] } = state;
  return defined({
    ...inputs,
    ...kind.outputs(view, inputs, last),
    owner,
    ...(unfinished && { unfinished }),
    ...(withdrawing.length > 0 && { withdrawing }),
    schemaVersion: SCHEMA_VERSION,
  });
}

export function stateOf(kind: ServiceKind, outputs: Properties): ServiceState {
  const version = outputs.schemaVersion ?? SCHEMA_VERSION;
  if (typeof version === "number" && version > SCHEMA_VERSION) {
    throw new Refusal(
      `the state of this ${kind.name} was written by a newer pulumi-mcs (schema ${version}, known here: ${SCHEMA_VERSION}); update the package`,
    );
  }
  const inputs = inputsOf(kind, outputs);
  const owner = typeof outputs.owner === "string" ? outputs.owner : ownerFor(inputs);
  const withdrawing = Array.isArray(outputs.withdrawing)
    ? outputs.withdrawing.filter((id) => typeof id === "string")
    : [];
  return { inputs, owner, last: outputs, withdrawing, ...(outputs.unfinished === true && { unfinished: true }) };
}

/** Checked inputs, or the part of the outputs that mirrors them. */
export function inputsOf(kind: ServiceKind, properties: Properties): ServiceInputs {
  const known = ["resourceUrn", "__provider", ...Object.keys(kind.fields)];
  const own = Object.fromEntries(known.map((property) => [property, properties[property]]));
  return defined(own) as unknown as ServiceInputs;
}

export function ownerFor(inputs: ServiceInputs): string {
  return ownerMark(inputs.resourceUrn ?? idOf(inputs));
}

/** @param here the clusterset: its policy for what cannot be read, and the members whose exports count, every one unless some are leaving */
export function intentOf(
  kind: ServiceKind,
  { owner, inputs, unfinished = false }: ServiceState,
  { settings, staying }: Pick<Context, "settings" | "staying">,
): Intent {
  const { namespace, name, exportedLabels, exportedAnnotations, derivedName, adopt, maxEndpointsPerSlice } = inputs;
  return {
    key: { namespace, name },
    owner,
    ownedBy: ownerName(inputs.resourceUrn),
    established: !unfinished,
    sources: staying,
    ...kind.roles(inputs),
    exportedLabels,
    exportedAnnotations,
    derivedName,
    adopt,
    maxEndpointsPerSlice,
    unreachable: policyOf(settings, inputs),
  };
}

/** Readable, never secret, given once for the resource's life: `default/serve`, or `default/serve@member1` for one member's part. */
export function idOf({ namespace, name, cluster }: ServiceInputs): string {
  return cluster === undefined ? `${namespace}/${name}` : `${namespace}/${name}@${cluster}`;
}
