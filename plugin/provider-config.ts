/** `mcs.Provider`: one clusterset, with its members as secret configuration. */
import { randomUUID } from "node:crypto";
import { publicClusters } from "../common/public-clusters";
import { parseClusters } from "../provider/resources/inputs/cluster-configs";
import { checkFields, type Failure } from "../provider/resources/inputs/input-fields";
import { isRecord, type Properties } from "../provider/resources/inputs/properties";
import { SETTINGS } from "../provider/resources/inputs/settings";
import { isUnknown, UNKNOWN } from "../provider/resources/inputs/unknown";
import { secret } from "./wire";

export const NO_CLUSTERS =
  'is required: the members of the clusterset. Make a provider with them, e.g. of type pulumi:providers:mcs with clusters: { member1: { kubeconfigPath: "~/.kube/config" } }, and give it to the resource with the option provider';

/** A provider instance as it is configured. */
export interface ProviderConfig {
  /** JSON text: cluster id → cluster. Undefined where it is the engine's own default instance, which nobody gave any. */
  readonly clusters?: string;
  readonly settings: Properties;
  /** Tells this instance from those of other states (docs/decisions/0005). */
  readonly incarnation?: string;
}

/** Set by SDKs and by the engine beside what a program says. */
const NOT_OURS = ["version", "pluginDownloadURL", "__internal", "incarnation", "clusters"];

/** The setting `name` of a clusterset. Of a provider the engine takes `name` for that of its plugin. */
export const SET_NAME = "clusterSetName";

/**
 * Every shape in which the languages' SDKs, and the dynamic provider, hand the configuration over: nested values as they are, or as JSON text.
 * Unknown where a value of it is.
 */
export function parseConfig(given: Properties): ProviderConfig {
  const { incarnation } = given;
  const clusters = given.clusters ?? given["mcs:clusters"];
  const dynamic = decoded(given["mcs:settings"]);
  const own = Object.entries(given).filter(([key]) => !NOT_OURS.includes(key) && !key.startsWith("mcs:"));
  const settings = own.map(([key, value]): [string, unknown] =>
    key === SET_NAME ? ["name", value] : [key, decoded(value)],
  );
  return {
    ...(clusters !== undefined && { clusters: typeof clusters === "string" ? clusters : JSON.stringify(clusters) }),
    settings: { ...(isRecord(dynamic) && dynamic), ...Object.fromEntries(settings) },
    ...(typeof incarnation === "string" && { incarnation }),
  };
}

/** SDKs of some languages write numbers and booleans of a provider as text. */
function decoded(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/**
 * The inputs that are stored, and everything that is wrong with them. The first check of an instance draws its incarnation, which is stored before anything is
 * written to a cluster.
 * @param olds inputs as they are stored
 * @param name of the instance, which is the clusterset's unless it says otherwise
 */
export function checkConfig(
  olds: Properties,
  news: Properties,
  name: string,
): { readonly inputs: Properties; readonly failures: readonly Failure[] } {
  const { clusters, settings: given, incarnation = parseConfig(olds).incarnation ?? randomUUID() } = parseConfig(news);
  const settings = { name, ...given };
  const { failures } = checkFields(SETTINGS, settings, undefined);
  const version = news.version === undefined ? {} : { version: news.version };
  const { name: setName, ...others } = settings;
  const inputs = { ...others, [SET_NAME]: setName, ...version, incarnation };
  if (clusters === undefined) {
    return { inputs, failures: [{ property: "clusters", reason: NO_CLUSTERS }, ...failures] };
  }
  // As a whole: inside of a text the engine does not see it, and would have the members asked.
  if (isUnknown(decoded(clusters))) return { inputs: { ...inputs, clusters: UNKNOWN }, failures };
  // A text in every language, and a secret also where the program gave it in clear.
  return {
    inputs: { ...inputs, clusters: secret(clusters) },
    failures: [...parseClusters(clusters).failures, ...failures],
  };
}

/** Names of what differs. No difference of a provider is ever a reason to make its resources anew: a rotated kubeconfig least of all. */
export function changedConfig(olds: Properties, news: Properties): readonly string[] {
  const [was, is] = [flat(parseConfig(olds)), flat(parseConfig(news))];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((key) => JSON.stringify(was[key]) !== JSON.stringify(is[key]))
    .sort();
}

function flat({ clusters, settings, incarnation }: ProviderConfig): Properties {
  return { ...settings, clusters: sorted(decoded(clusters)), incarnation };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, it]) => [key, sorted(it)]));
}

/** The inputs of a membership, which a program need not give: they are those of its provider, without credentials. */
export function membershipInputs({ clusters, settings }: ProviderConfig): Properties {
  const given = decoded(clusters);
  const described = isRecord(given) ? publicClusters(given as Readonly<Record<string, object>>) : {};
  return { clusters: described, ...settings };
}
