/** What is stored of a ClusterSetDNS, in every shape that was ever written: parsed here once, where a handler is called. */
import { type CoreDnsVersion, parseCoreDnsVersion } from "../../dns/coredns-version";
import type { Way } from "../../dns/corefile/corefile-edits";
import type { Fields } from "../inputs/input-fields";
import { selectMembers, type MembersById } from "../inputs/member-selection";
import { defined, isRecord, type Properties } from "../inputs/properties";
import { typeName, type Rule } from "../inputs/rules";
import { ownerMark, repeatableOwner } from "../process/owner";

const SCHEMA_VERSION = 1;

const coreDnsVersion: Rule<string> = (value) => {
  if (typeof value !== "string") return { reason: `must be a string, not ${typeName(value)}` };
  return parseCoreDnsVersion(value) ? { value } : { reason: `"${value}" is not a version of CoreDNS such as "1.12.2"` };
};

export const FIELDS: Fields<MembersById> = {
  members: { rule: selectMembers("import"), fallback: "all" },
  corednsVersion: { rule: coreDnsVersion },
};

/** Member → how names resolve there. */
export type Ways = Readonly<Record<string, Way>>;

/** As a handler works with it: read once from what the engine hands over, and handed on typed. */
export interface DnsState {
  /** As the program describes it. */
  readonly inputs: Properties;
  readonly resourceUrn?: string;
  /** Members that are to resolve names, sorted. */
  readonly members: readonly string[];
  readonly version?: CoreDnsVersion;
  /** By what it is known in the members: kept in the outputs, so that it outlives a new name of the resource. */
  readonly owner: string;
  /** Those that were set up; none for a new one. */
  readonly ways: Ways;
}

/** One that is to be made. @param properties checked inputs */
export function newDnsState(properties: Properties): DnsState {
  return { ...described(properties), owner: firstOwner(properties), ways: {} };
}

/** As the outputs tell it. */
export function dnsStateOf(outputs: Properties): DnsState {
  const { owner } = outputs;
  const state = newDnsState(outputs);
  return { ...state, ...(typeof owner === "string" && { owner }), ways: waysOf(outputs.ways) };
}

/** The same as the program describes it now. @param properties checked inputs */
export function dnsDescribedAs({ owner, ways }: DnsState, properties: Properties): DnsState {
  return { ...described(properties), owner, ways };
}

/** All that `read` and `delete` will know. */
export function dnsOutputs(state: DnsState, ways: Ways): Properties {
  const sorted = Object.fromEntries(Object.entries(ways).sort(([a], [b]) => (a < b ? -1 : 1)));
  return defined({ ...state.inputs, ways: sorted, owner: state.owner, schemaVersion: SCHEMA_VERSION });
}

/** The same after a create that was cut short: from where the resource is kept. */
function firstOwner({ incarnation, resourceUrn }: Properties): string {
  const urn = typeof resourceUrn === "string" ? resourceUrn : "";
  const owner = typeof incarnation === "string" ? repeatableOwner({ incarnation, resourceUrn: urn }) : undefined;
  return owner ?? ownerMark(urn);
}

function described(properties: Properties): Pick<DnsState, "inputs" | "resourceUrn" | "members" | "version"> {
  const known = ["resourceUrn", "incarnation", "__provider", "customTimeouts", ...Object.keys(FIELDS)];
  const { resourceUrn, members, corednsVersion } = properties;
  const version = typeof corednsVersion === "string" ? parseCoreDnsVersion(corednsVersion) : undefined;
  return {
    inputs: defined(Object.fromEntries(known.map((property) => [property, properties[property]]))),
    ...(typeof resourceUrn === "string" && { resourceUrn }),
    members: Array.isArray(members) ? members.filter((id) => typeof id === "string").sort() : [],
    ...(version && { version }),
  };
}

function waysOf(ways: unknown): Ways {
  const entries = Object.entries(isRecord(ways) ? ways : {});
  return Object.fromEntries(entries.filter((entry): entry is [string, Way] => isWay(entry[1])));
}

function isWay(way: unknown): way is Way {
  return way === "multicluster" || way === "rewrite";
}
