/**
 * Everything that must hold before the first write, of all members at once and reported together, so that nobody repairs one thing a run.
 * It only reads (and asks for dry runs and reviews), so a preview can do it too.
 */
import type { CustomResourceDefinition } from "../../mcs/api";
import { type CrdPolicy } from "../membership/ensure-crds";
import type { CrdStep } from "../membership/crd-plan";
import type { Clash, MemberFault } from "../decide/faults";
import { overlaps, type Overlap, type Range } from "./cidr";
import { asFailure, type MemberError } from "../member-error";
import type { Connection } from "../observe/fleet";
import { inspect, type MemberFindings, type RangeSource } from "./inspect-member";

export interface PreflightMember {
  /** Cluster id. */
  readonly id: string;
  readonly connection: Connection;
  /** Ranges of its pods; what the cluster says is not asked for then. */
  readonly podCIDRs?: readonly string[];
  /** Ranges of its Services, likewise. */
  readonly serviceCIDRs?: readonly string[];
}

export interface PreflightOptions {
  readonly crds: CrdPolicy;
  /** The CRDs that must be there, as we would install them. */
  readonly definitions: readonly CustomResourceDefinition[];
  /** The CRDs will be removed with the clusterset, which takes a right of its own. Default false. */
  readonly removesCrds?: boolean;
  /** Ends the waiting for one member: rejects with its MemberError. Default: it is waited for. */
  readonly within?: <T>(id: string, work: Promise<T>) => Promise<T>;
  /** Ids that services are exported from; every member when absent. Only they need the rights for it. */
  readonly exporting?: readonly string[];
  /** Ids that services are imported to; every member when absent. */
  readonly importing?: readonly string[];
}

export interface PreflightReport {
  /** In the order given. */
  readonly members: readonly MemberReport[];
  /** Why nothing may be written: of every member, and those between members. Each names the member and the way out. */
  readonly problems: readonly string[];
  /** Those of `problems` that are between two members. */
  readonly clashes: readonly Clash[];
  /** What could not be checked, or may surprise later. */
  readonly warnings: readonly string[];
}

export interface MemberReport {
  readonly id: string;
  /** As the server says it, e.g. "v1.36.3". Absent where it does not answer. */
  readonly version?: string;
  /** UID of its kube-system namespace: the same for two ids that point at one cluster. */
  readonly identity?: string;
  /** Sorted; empty where they cannot be learnt. */
  readonly podCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
  /** Where each was learnt from. */
  readonly sources: { readonly pods: RangeSource; readonly services: RangeSource };
  /** Families that a Service can have there, primary first. Absent where a dry run is not possible. */
  readonly families?: readonly ("IPv4" | "IPv6")[];
  /** What there is and would be done; empty where it cannot be read. */
  readonly crds: readonly CrdStep[];
  readonly problems: readonly string[];
  /** Those of `problems` that only say that a question was not answered. */
  readonly unanswered: readonly string[];
  /** What stands against working in it, by what would be done there. Without those that only concern the membership itself. */
  readonly faults: readonly MemberFault[];
  readonly warnings: readonly string[];
}

/** Never rejects for what a member says or does not say: that is in the report. */
export async function preflight(
  members: readonly PreflightMember[],
  options: PreflightOptions,
): Promise<PreflightReport> {
  const reports = await Promise.all(members.map((member) => reportOf(member, options)));
  const twins = sameCluster(reports);
  // One cluster under two ids overlaps itself in everything; that it is one cluster says it all.
  const apart = ({ a, b }: Overlap) =>
    !twins.some(({ members }) => members.includes(a.member) && members.includes(b.member));
  const between = overlaps(rangesOf(reports)).filter(apart);
  const clashes = [...twins, ...between.map((overlap) => overlapClash(overlap, reports))];
  return {
    members: reports,
    problems: [...new Set([...reports.flatMap(({ problems }) => problems), ...clashes.map(({ message }) => message)])],
    clashes,
    warnings: reports.flatMap(({ warnings }) => warnings),
  };
}

async function reportOf(member: PreflightMember, options: PreflightOptions): Promise<MemberReport> {
  const { id, connection } = member;
  const { within = (_id, work) => work } = options;
  const inspected = async (): Promise<MemberFindings> => {
    if (connection.state === "failed") return noAnswer(connection.error);
    const inspection = inspect(connection.member, {
      ...options,
      podCIDRs: member.podCIDRs,
      serviceCIDRs: member.serviceCIDRs,
      exports: options.exporting?.includes(id) ?? true,
      imports: options.importing?.includes(id) ?? true,
    });
    return within(id, inspection).catch((error: unknown) => noAnswer(asFailure(error, id)));
  };
  const findings = await inspected();
  const unknown = { cidrs: [], source: "unknown" } as const;
  const { pods = unknown, services = unknown, crds = [], ...rest } = findings;
  return {
    ...rest,
    id,
    podCIDRs: pods.cidrs,
    serviceCIDRs: services.cidrs,
    sources: { pods: pods.source, services: services.source },
    crds,
  };
}

function noAnswer({ message }: MemberError): MemberFindings {
  return { problems: [message], unanswered: [message], faults: [], warnings: [] };
}

function sameCluster(reports: readonly MemberReport[]): readonly Clash[] {
  const byIdentity = Map.groupBy(
    reports.filter(({ identity }) => identity !== undefined),
    ({ identity }) => identity,
  );
  return [...byIdentity.values()]
    .filter((same) => same.length > 1)
    .flatMap((same) => {
      const ids = same.map(({ id }) => id);
      const message = `${ids.join(" and ")}: both are the same cluster (equal UID of kube-system): remove one of them, or correct its kubeconfig or context`;
      return pairs(ids).map((members): Clash => ({ members, message, learnt: members }));
    });
}

function pairs(ids: readonly string[]): readonly (readonly [string, string])[] {
  return ids.flatMap((a, at) => ids.slice(at + 1).map((b) => [a, b] as const));
}

function rangesOf(reports: readonly MemberReport[]): readonly Range[] {
  return reports.flatMap(({ id, podCIDRs, serviceCIDRs }) => {
    const ranges = (kind: Range["kind"], cidrs: readonly string[]) => cidrs.map((cidr) => ({ member: id, kind, cidr }));
    return [...ranges("pod", podCIDRs), ...ranges("Service", serviceCIDRs)];
  });
}

function overlapClash({ a, b, more }: Overlap, reports: readonly MemberReport[]): Clash {
  const further = more === 0 ? "" : ` (and ${more} more)`;
  const message =
    `${a.member} and ${b.member}: ${a.kind} range ${a.cidr} of ${a.member} overlaps ${b.kind} range ${b.cidr} of ${b.member}${further}: ` +
    "members need disjoint ranges; re-create one cluster with others, or correct podCIDRs and serviceCIDRs if they are wrong";
  const isLearnt = ({ member, kind }: Range) => {
    const sources = reports.find(({ id }) => id === member)?.sources;
    return (kind === "pod" ? sources?.pods : sources?.services) !== "arguments";
  };
  return { members: [a.member, b.member], message, learnt: [a, b].filter(isLearnt).map(({ member }) => member) };
}
