/** What a clusterset remembers of its members, and how it tells people. */
import type { MemberReport } from "../reconcile/preflight";
import { isRecord, type Properties } from "./record";

/** One entry of the output `members`. */
export interface MemberInfo {
  readonly version: string;
  readonly identity: string;
  readonly podCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
}

export function memberInfos(reports: readonly MemberReport[]): Readonly<Record<string, MemberInfo>> {
  return Object.fromEntries(
    reports.map(({ id, version = "", identity = "", podCIDRs, serviceCIDRs }) => [
      id,
      { version, identity, podCIDRs: [...podCIDRs], serviceCIDRs: [...serviceCIDRs] },
    ]),
  );
}

/** Identities as they were when the outputs were written, by cluster id. */
export function knownIdentities(outputs: Properties): ReadonlyMap<string, string> {
  const members = isRecord(outputs.members) ? outputs.members : {};
  return new Map(
    Object.entries(members).flatMap(([id, it]) =>
      isRecord(it) && typeof it.identity === "string" && it.identity !== "" ? [[id, it.identity]] : [],
    ),
  );
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
