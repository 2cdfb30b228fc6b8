/** What is stored of a clusterset's membership, in every shape that was ever written: parsed here once, where a handler is called. */
import type { Membership } from "../../reconcile/membership/identity";
import type { Fields } from "../inputs/input-fields";
import { defined, isRecord, type Properties } from "../inputs/properties";
import { SETTINGS } from "../inputs/settings";
import { ownerMark, ownerName, repeatableOwner } from "../process/owner";
import { parseMembers, type MembersInfo } from "./member-info";

const SCHEMA_VERSION = 1;

/** The members are checked where they are complete, in the provider's configuration; here they only show what changes. */
export const FIELDS: Fields<unknown> = { clusters: { rule: (value) => ({ value }), required: true }, ...SETTINGS };

/** A membership as a handler works with it: read once from what the engine hands over, and handed on typed. */
export interface MembershipState {
  /** As the program describes the clusterset; from the outputs, which mirror them, where a handler is given nothing else. */
  readonly inputs: Properties;
  readonly resourceUrn?: string;
  /** Clusters that the inputs describe. */
  readonly clusters: readonly DescribedCluster[];
  /**
   * Kept in the outputs for the resource's life. Of a new one it comes from its incarnation and its URN: the same again after a create that was cut
   * short, and another one than that of a membership that it takes the place of, whose delete then leaves what both wrote. Undefined where 0.1.0 did not say it.
   */
  readonly owner?: string;
  /** What the members said of themselves at the last update; none for a new set. */
  readonly members: MembersInfo;
  /** Ids of the members in which we wrote who they are; undefined in a state that does not say. */
  readonly identified?: readonly string[];
}

export interface DescribedCluster {
  readonly id: string;
  readonly leaving: boolean;
}

/** A set that does not exist yet. @param properties checked inputs */
export function newMembership(properties: Properties): MembershipState {
  const { incarnation, resourceUrn } = properties;
  const owner =
    typeof incarnation === "string" && typeof resourceUrn === "string"
      ? repeatableOwner({ incarnation, resourceUrn })
      : undefined;
  return { ...described(properties), ...(owner !== undefined && { owner }), members: new Map() };
}

/** As the outputs tell it. */
export function membershipStateOf(outputs: Properties): MembershipState {
  const { owner, identified } = outputs;
  return {
    ...described(outputs),
    ...(typeof owner === "string" && { owner }),
    members: parseMembers(outputs.members),
    ...(identified !== undefined && { identified: texts(identified) }),
  };
}

/** The same set as the program describes it now. @param properties checked inputs */
export function describedAs({ owner, members, identified }: MembershipState, properties: Properties): MembershipState {
  return { ...described(properties), ...defined({ owner, identified }), members };
}

/** All that `read` and `delete` will know. */
export function outputsOf(
  state: MembershipState,
  { members, identified }: Required<Pick<MembershipState, "members" | "identified">>,
): Properties {
  const { owner } = membershipOf(state);
  const infos = Object.fromEntries(members);
  return defined({ ...state.inputs, members: infos, identified, owner, schemaVersion: SCHEMA_VERSION });
}

/** By what the set is known in its members. */
export function membershipOf({ inputs, owner, resourceUrn }: MembershipState): Membership {
  const { name, incarnation } = inputs;
  return {
    set: String(name ?? "clusterset"),
    // A membership is as old as its incarnation; one that a program of 0.1.0 makes has none.
    owner: owner ?? ownerMark(String(incarnation ?? resourceUrn ?? name)),
    ownedBy: ownerName(resourceUrn),
  };
}

function described(properties: Properties): Pick<MembershipState, "inputs" | "resourceUrn" | "clusters"> {
  const known = ["resourceUrn", "incarnation", "__provider", "customTimeouts", ...Object.keys(FIELDS)];
  const inputs = defined(Object.fromEntries(known.map((property) => [property, properties[property]])));
  const { resourceUrn } = properties;
  return {
    inputs,
    ...(typeof resourceUrn === "string" && { resourceUrn }),
    clusters: Object.entries(isRecord(properties.clusters) ? properties.clusters : {}).map(([id, given]) => ({
      id,
      leaving: isRecord(given) && given.leaving === true,
    })),
  };
}

function texts(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((id) => typeof id === "string") : [];
}
