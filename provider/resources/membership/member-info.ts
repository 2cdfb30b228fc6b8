/** What a clusterset remembers of its members, and how it tells people. */
import { same } from "../../mcs/canonical";
import type { MemberReport } from "../../reconcile/preflight/preflight";
import { defined, isRecord } from "../inputs/properties";

export interface MemberInfo {
  /** Of its API server, e.g. "v1.36.3"; empty where it never answered. */
  readonly version?: string;
  /** UID of the namespace kube-system; empty where it was never learnt. */
  readonly identity?: string;
  readonly podCIDRs?: readonly string[];
  readonly serviceCIDRs?: readonly string[];
}

/** By cluster id. */
export type MembersInfo = ReadonlyMap<string, MemberInfo>;

/** The output `members`, as it was last written. */
export function parseMembers(members: unknown): MembersInfo {
  return new Map(Object.entries(isRecord(members) ? members : {}).map(([id, info]) => [id, parseMember(info)]));
}

function parseMember(info: unknown): MemberInfo {
  const { version, identity, podCIDRs, serviceCIDRs } = isRecord(info) ? info : {};
  return defined({
    version: typeof version === "string" ? version : undefined,
    identity: typeof identity === "string" ? identity : undefined,
    podCIDRs: ranges(podCIDRs),
    serviceCIDRs: ranges(serviceCIDRs),
  });
}

function ranges(list: unknown): readonly string[] | undefined {
  return Array.isArray(list) ? list.filter((range) => typeof range === "string") : undefined;
}

/** Of a member that does not answer, or is held for what it says, what was known before. */
export function memberInfos(
  reports: readonly MemberReport[],
  before: MembersInfo,
  held: ReadonlySet<string> = new Set(),
): MembersInfo {
  return new Map(
    reports.map(({ id, version, identity = "", podCIDRs, serviceCIDRs }): [string, MemberInfo] => {
      const known = version === undefined || held.has(id) ? before.get(id) : undefined;
      return [
        id,
        known ?? { version: version ?? "", identity, podCIDRs: [...podCIDRs], serviceCIDRs: [...serviceCIDRs] },
      ];
    }),
  );
}

/** Does it say another identity or other ranges now? Not where one of the two is not known. */
export function saysOtherThan(
  before: MemberInfo | undefined,
  { identity, podCIDRs, serviceCIDRs }: MemberReport,
): boolean {
  if (!before) return false;
  const differs = (was: unknown, is: readonly string[] | string | undefined) =>
    was !== undefined && was !== "" && is !== undefined && !same(was, is);
  return (
    differs(before.identity, identity) ||
    differs(before.podCIDRs, podCIDRs) ||
    differs(before.serviceCIDRs, serviceCIDRs)
  );
}

/** One line a member: `member1: v1.36.3, pods 10.10.0.0/16, Services 10.20.0.0/16, CRDs to install (v0.5.2 revision 0)`. */
export function memberLines(reports: readonly MemberReport[]): readonly string[] {
  return reports.map(({ id, version, podCIDRs, serviceCIDRs, crds }) =>
    version === undefined
      ? `${id}: no answer`
      : `${id}: ${[version, `pods ${rangesText(podCIDRs)}`, `Services ${rangesText(serviceCIDRs)}`, ...crdText(crds)].join(", ")}`,
  );
}

function rangesText(cidrs: readonly string[]): string {
  return cidrs.join(" ") || "unknown";
}

function crdText(steps: MemberReport["crds"]): readonly string[] {
  const [first] = steps;
  if (!first) return [];
  if (steps.some(({ action }) => action === "create")) return [`CRDs to install (${first.to})`];
  if (steps.some(({ action }) => action === "update")) return [`CRDs to upgrade (${first.from} to ${first.to})`];
  return [`CRDs present (${first.from})`];
}
