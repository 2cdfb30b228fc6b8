/** A resource that a program only reads: `new mcs.ServiceImport(…, { id })`, `mcs.ServiceImport.get(…)`. Whatever is called, nothing is written. */
import { lookOnly } from "../../reconcile/look-only";
import type { Context } from "../process/context";
import { Refusal, refusal } from "../display/failure";
import { checkFields } from "../inputs/input-fields";
import { defined, type Properties } from "../inputs/properties";
import { isUnknown } from "../inputs/unknown";
import type { ReadResult } from "../handlers";
import type { ServiceKind } from "./service-kinds";
import { idOf, membersOf, newState } from "./service-state";
import { unreadable } from "./unreadable-members";

/**
 * The engine hands the program's raw inputs over as the state of such a resource, and what `read` answered at later refreshes. What we made
 * has both of these, in every state that was ever written.
 */
export function isReadOnly({ owner, schemaVersion }: Properties): boolean {
  return typeof owner !== "string" || typeof schemaVersion !== "number";
}

/** What the clusters hold, in the outputs that a resource of ours has. No id where they hold nothing: the engine then says so, or forgets it. */
export async function readOnly(here: Context, kind: ServiceKind, id: string, given: Properties): Promise<ReadResult> {
  const internal = ["resourceUrn", "__provider"];
  const own = Object.entries(given).filter(([property]) => property in kind.fields || internal.includes(property));
  if (own.some(([, value]) => isUnknown(value))) {
    return { id, props: Object.fromEntries(own.filter(([, value]) => !isUnknown(value))) };
  }
  const { inputs, failures } = checkFields(kind.fields, Object.fromEntries(own), here.members);
  if (failures.length > 0) {
    const findings = failures.map(({ property, reason }) => ({ message: `${property} ${reason}` }));
    throw refusal(`${kind.name} "${id}" cannot be read`, findings);
  }
  const { inputs: asked, roles } = newState(kind, inputs);
  if (id !== idOf(asked)) {
    throw new Refusal(`"${id}" is not the id of what the arguments describe, which is "${idOf(asked)}"`);
  }
  const view = await lookOnly(here.fleet, { namespace: asked.namespace, name: asked.name }, roles.importTo);
  const there =
    roles.exportFrom.some((member) => Object.hasOwn(view.exports, member)) || Object.keys(view.imports).length > 0;
  if (there) return { id, props: defined({ ...inputs, ...kind.outputs(view, asked, given) }) };
  const absent = await unreadable(here, membersOf(roles));
  if (absent.length > 0) throw refusal(`whether ${kind.name} "${id}" exists is not known`, absent);
  return { id: "", props: {} };
}
