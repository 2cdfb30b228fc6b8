/**
 * `pulumi import`: exports and imports that are in the clusters come into a stack. Nothing is written, and nothing is ours yet: it is as a create that has not come
 * to its end, so that the next update takes over what the program describes, with `adopt: true`, and until then neither a refresh nor a destroy touches it.
 */
import { derivedServiceName } from "../../mcs/derive/names";
import type { ServiceView } from "../../reconcile/intent";
import { lookOnly } from "../../reconcile/look-only";
import { Refusal, refusal } from "../display/failure";
import { checkFields } from "../inputs/input-fields";
import type { Properties } from "../inputs/properties";
import type { ReadResult } from "../handlers";
import type { Context } from "../process/context";
import type { ServiceKind } from "./service-kinds";
import { madeState, membersOf, outputsOf } from "./service-state";
import { unreadable } from "./unreadable-members";

/** In the outputs until an update has made it ours. */
const IMPORTED = "imported";
const imported = new WeakMap<Context, Set<string>>();

export function isImported(outputs: Properties): boolean {
  return outputs[IMPORTED] === true;
}

/** By this process, which is asked at once whether the program describes just what was imported. */
export function wasJustImported(here: Context, id: string): boolean {
  return imported.get(here)?.has(id) ?? false;
}

export async function importService(
  here: Context,
  kind: ServiceKind,
  id: string,
  hidden: Properties,
): Promise<ReadResult> {
  const ofMember = "cluster" in kind.fields;
  const [, namespace = "", name = "", cluster] = /^([^/@]+)\/([^/@]+)(?:@([^/@]+))?$/.exec(id) ?? [];
  if (namespace === "" || (cluster !== undefined) !== ofMember) {
    const example = ofMember ? "default/serve@member1" : "default/serve";
    throw new Refusal(`"${id}" is not the id of a ${kind.name}, which is like "${example}"`);
  }
  const looked = cluster === undefined ? here.fleet.ids : [cluster];
  const view = await lookOnly(here.fleet, { namespace, name }, looked);
  const found = foundIn(view, kind, cluster);
  if (!found) {
    const absent = await unreadable(here, looked);
    if (absent.length > 0) throw refusal(`whether ${kind.name} "${id}" exists is not known`, absent);
    return { id: "", props: {} };
  }
  const derived = Object.values(view.imports)[0]?.derivedService;
  const other = derived && derived !== derivedServiceName({ namespace, name }) && "derivedName" in kind.fields;
  const news = { ...hidden, namespace, name, ...found, adopt: true, ...(other && { derivedName: derived }) };
  const { inputs, failures } = checkFields(kind.fields, news, here.members);
  if (failures.length > 0) {
    const findings = failures.map(({ property, reason }) => ({ message: `${property} ${reason}` }));
    throw refusal(`${kind.name} "${id}" cannot be imported`, findings);
  }
  imported.set(here, (imported.get(here) ?? new Set()).add(id));
  const state = madeState(kind, inputs);
  const absent = await unreadable(here, membersOf(state.roles));
  if (absent.length > 0) throw refusal(`${kind.name} "${id}" cannot be imported`, absent);
  return { id, props: { ...outputsOf(state, view), [IMPORTED]: true }, inputs };
}

/** The arguments that tell where it is. */
function foundIn(view: ServiceView, kind: ServiceKind, cluster: string | undefined): Properties | undefined {
  const [exportFrom, importTo] = [Object.keys(view.exports), Object.keys(view.imports)];
  if (cluster === undefined) return exportFrom.length + importTo.length > 0 ? { exportFrom, importTo } : undefined;
  const members = kind.name === "ServiceExport" ? exportFrom : importTo;
  return members.includes(cluster) ? { cluster } : undefined;
}
