/** What is stored of a service, in every shape that was ever written: parsed here once, where a handler is called. */
import type { Intent, ServiceView } from "../../reconcile/intent";
import type { Context } from "../process/context";
import { Refusal } from "../display/failure";
import type { Roles, ServiceInputs, ServiceKind } from "./service-kinds";
import { newOwner, OWNER_TO_COME, ownerMark, ownerName, placeOf } from "../process/owner";
import { defined, type Properties } from "../inputs/properties";
import { policyOf } from "../inputs/unreachable-policy";

/** Raised when an older package could not read what this one writes. */
export const SCHEMA_VERSION = 1;

/** One service resource as a handler works with it: read once from what the engine hands over, and handed on typed. */
export interface ServiceState {
  readonly kind: ServiceKind;
  readonly inputs: ServiceInputs;
  /** What it is responsible for, from the inputs. */
  readonly roles: Roles;
  readonly owner: string;
  /**
   * Its create has not come to its end: it may go on taking over from other resources what it was made to adopt. Afterwards what another
   * resource took over stays with that one.
   */
  readonly unfinished: boolean;
  /** Outputs of the last operation: all that is known of a member that cannot be read now. Empty for a new resource. */
  readonly last: Properties;
  /** Members that it does not work in any more and that could not be cleared of its objects yet, sorted. */
  readonly withdrawing: readonly string[];
}

/** A resource that does not exist yet, as it is looked at before it is made. @param properties checked inputs */
export function newState(kind: ServiceKind, properties: Properties): ServiceState {
  const inputs = inputsOf(kind, properties);
  const owner = inputs.incarnation === undefined ? oldOwner(inputs) : OWNER_TO_COME;
  return { kind, inputs, roles: kind.roles(inputs), owner, unfinished: true, last: {}, withdrawing: [] };
}

/** The same as it is made: from now on its owner is its own. */
export function madeState(kind: ServiceKind, properties: Properties): ServiceState {
  const state = newState(kind, properties);
  return state.inputs.incarnation === undefined ? state : { ...state, owner: newOwner() };
}

/** As 0.1.0 made it: the same for two backends with the same names. */
function oldOwner(inputs: ServiceInputs): string {
  return ownerMark(inputs.resourceUrn ?? idOf(inputs));
}

/** As the outputs tell it. Refuses a state that a newer package wrote. */
export function stateOf(kind: ServiceKind, outputs: Properties): ServiceState {
  const version = outputs.schemaVersion ?? SCHEMA_VERSION;
  if (typeof version === "number" && version > SCHEMA_VERSION) {
    throw new Refusal(
      `the state of this ${kind.name} was written by a newer pulumi-mcs (schema ${version}, known here: ${SCHEMA_VERSION}); update the package`,
    );
  }
  const fresh = newState(kind, outputs);
  return {
    ...fresh,
    owner: typeof outputs.owner === "string" ? outputs.owner : oldOwner(fresh.inputs),
    unfinished: outputs.unfinished === true,
    last: outputs,
    withdrawing: Array.isArray(outputs.withdrawing) ? outputs.withdrawing.filter((id) => typeof id === "string") : [],
  };
}

/** The same resource with what the program says now. @param properties checked inputs */
export function withInputs(state: ServiceState, properties: Properties): ServiceState {
  const inputs = inputsOf(state.kind, properties);
  return { ...state, inputs, roles: state.kind.roles(inputs) };
}

/** All that `read` and `delete` will know: they are given neither the inputs nor the program. */
export function outputsOf(state: ServiceState, view: ServiceView): Properties {
  const { kind, owner, inputs, unfinished, last, withdrawing } = state;
  return defined({
    ...inputs,
    ...kind.outputs(view, inputs, last),
    owner,
    ...(unfinished && { unfinished }),
    ...(withdrawing.length > 0 && { withdrawing }),
    schemaVersion: SCHEMA_VERSION,
  });
}

/** @param here the clusterset: its policy for what cannot be read, and the members whose exports count, every one unless some are leaving */
export function intentOf(
  { owner, inputs, roles, unfinished }: ServiceState,
  { settings, staying }: Pick<Context, "settings" | "staying">,
): Intent {
  const { namespace, name, exportedLabels, exportedAnnotations, derivedName, adopt, maxEndpointsPerSlice } = inputs;
  return {
    key: { namespace, name },
    owner,
    ownedBy: ownerName(inputs.resourceUrn),
    place: placeOf(inputs),
    established: !unfinished,
    sources: staying,
    ...roles,
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

/** Members that the resource exports from or imports into, sorted. */
export function membersOf({ exportFrom, importTo }: Roles): readonly string[] {
  return [...new Set([...exportFrom, ...importTo])].sort();
}

/** The part of checked inputs, or of the outputs that mirror them, that the kind knows; `check` has held every rule on it. */
function inputsOf(kind: ServiceKind, properties: Properties): ServiceInputs {
  const known = ["resourceUrn", "incarnation", "__provider", "customTimeouts", ...Object.keys(kind.fields)];
  const own = Object.fromEntries(known.map((property) => [property, properties[property]]));
  return defined(own) as unknown as ServiceInputs;
}
