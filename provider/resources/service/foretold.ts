/** The outputs of a service as a preview tells them: what the writes would make of it, and unknown where only the clusters can tell. */
import { preview } from "../../reconcile/reconcile";
import { isFaulty } from "../../reconcile/decide/faults";
import { isRecord, type Properties } from "../inputs/properties";
import { isUnknown, UNKNOWN } from "../inputs/unknown";
import { requirePreflight } from "../membership/set-preflight";
import { asOf } from "../process/as-of";
import type { Context } from "../process/context";
import type { ServiceKind } from "./service-kinds";
import { intentOf, newState, outputsOf, stateOf, withInputs } from "./service-state";

/** @param olds outputs; undefined for a new resource */
export async function foretold(
  here: Context,
  kind: ServiceKind,
  news: Properties,
  olds?: Properties,
): Promise<Properties> {
  const unknown = { ...news, ...Object.fromEntries(kind.shown.map((name) => [name, UNKNOWN])) };
  if (isUnknown(news)) return unknown;
  const state = olds ? withInputs(stateOf(kind, olds), news) : newState(kind, news);
  const faults = await requirePreflight(here, state.inputs);
  if (isFaulty(faults)) return unknown;
  const { view, problems, expected } = await preview(
    here.fleet,
    intentOf(state, here),
    asOf(here, state.inputs.resourceUrn),
  );
  // What has still to come about, or cannot be read, may come about otherwise.
  if (problems.length + expected.length + view.unreadableMembers.length > 0) return unknown;
  const outputs = outputsOf({ ...state, unfinished: false }, view);
  return { ...withoutAddresses(outputs), ...(!olds && { owner: UNKNOWN }) };
}

/** A Service that is still to be made is given its cluster IPs by its cluster. */
function withoutAddresses(value: Properties): Properties {
  const own = Object.entries(value).map(([key, it]) => [key, isRecord(it) ? withoutAddresses(it) : it]);
  const isToCome = value.type === "ClusterSetIP" && Array.isArray(value.clusterIPs) && value.clusterIPs.length === 0;
  return { ...Object.fromEntries(own), ...(isToCome && { clusterIPs: UNKNOWN }) };
}
