/** What a clusterset remembers of its members, and how it tells people. */
import { same } from "../../mcs/canonical";
import type { MemberReport } from "../../reconcile/preflight/preflight";
import { isRecord, type Properties } from "../inputs/properties";

/** Of a member that does not answer, or is held for what it says, what was known before. */
export function memberInfos(
  reports: readonly MemberReport[],
  before: Properties,
  held: ReadonlySet<string> = new Set(),
): Properties {
  return Object.fromEntries(
    reports.map(({ id, version, identity = "", podCIDRs, serviceCIDRs }) => [
      id,
      (version === undefined || held.has(id)) && id in before
        ? before[id]
        : { version: version ?? "", identity, podCIDRs: [...podCIDRs], serviceCIDRs: [...serviceCIDRs] },
    ]),
  );
}

/** Does it say another identity or other ranges now? Not where one of the two is not known. */
export function saysOtherThan(before: unknown, { identity, podCIDRs, serviceCIDRs }: MemberReport): boolean {
  if (!isRecord(before)) return false;
  const differs = (was: unknown, is: readonly string[] | string | undefined) =>
    was !== undefined && was !== "" && is !== undefined && !same(was, is);
  return (
    differs(before.identity, identity) ||
    differs(before.podCIDRs, podCIDRs) ||
    differs(before.serviceCIDRs, serviceCIDRs)
  );
}

/** The output `members` as it was last written, by cluster id. */
export function membersBefore({ members }: Properties): Properties {
  return isRecord(members) ? members : {};
}

/** Undefined where it was never learnt. */
export function identityBefore(outputs: Properties, id: string): string | undefined {
  const info = membersBefore(outputs)[id];
  return isRecord(info) && typeof info.identity === "string" && info.identity !== "" ? info.identity : undefined;
}

/** Ids of the members in which we wrote who they are; none in a state that does not say. */
export function identifiedBefore({ identified }: Properties): readonly string[] {
  return Array.isArray(identified) ? identified.filter((id) => typeof id === "string") : [];
}

/** One line a member: `member1: v1.36.3, pods 10.10.0.0/16, Services 10.20.0.0/16, CRDs to install (v0.5.2 revision 0)`. */
export function memberLines(reports: readonly MemberReport[]): readonly string[] {
  return reports.map(({ id, version, podCIDRs, serviceCIDRs, crds }) =>
    version === undefined
      ? `${id}: no answer`
      : `${id}: ${[version, `pods ${ranges(podCIDRs)}`, `Services ${ranges(serviceCIDRs)}`, ...crdText(crds)].join(", ")}`,
  );
}

function ranges(cidrs: readonly string[]): string {
  return cidrs.join(" ") || "unknown";
}

function crdText(steps: MemberReport["crds"]): readonly string[] {
  const [first] = steps;
  if (!first) return [];
  if (steps.some(({ action }) => action === "create")) return [`CRDs to install (${first.to})`];
  if (steps.some(({ action }) => action === "update")) return [`CRDs to upgrade (${first.from} to ${first.to})`];
  return [`CRDs present (${first.from})`];
}
