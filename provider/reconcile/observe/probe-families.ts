/** Which IP families can a Service have in this member? */
import type { IPFamily, Service } from "../../mcs/api";
import { LABEL } from "../../mcs/marks";
import type { MemberService } from "../../mcs/observed";
import { asFailure, type MemberErrorCode } from "../member-error";
import type { Member } from "../member";
import type { Fleet } from "./fleet";

/**
 * The server is asked to make, without storing it, a Service that takes every family there is; its answer carries those it was given.
 * Asking for a family that the cluster lacks would be refused instead (422).
 */
export async function learnFamilies(member: Member, namespace: string): Promise<readonly IPFamily[]> {
  const probe: Service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "pulumi-mcs-family-probe", namespace, labels: { [LABEL.managed]: "true" } },
    spec: { type: "ClusterIP", ipFamilyPolicy: "PreferDualStack", ports: [{ port: 80, protocol: "TCP" }] },
  };
  const answer = await member.create("Service", probe, { dryRun: true });
  return answer.spec.ipFamilies ?? [];
}

/** Answers of a policy, a webhook that knows no dry runs, or a quota: the member can be read all the same. */
const REFUSED: ReadonlySet<MemberErrorCode> = new Set<MemberErrorCode>(["forbidden", "invalid"]);

/** Asked for by a dry run; where that is refused, what its ranges say (Kubernetes 1.33), beside what its Services have. */
export async function familiesOf(
  fleet: Fleet,
  id: string,
  known: readonly IPFamily[],
  probe: (member: Member) => Promise<readonly IPFamily[]>,
): Promise<Pick<MemberService, "families" | "familiesUnasked">> {
  try {
    return { families: await fleet.families(id, probe) };
  } catch (error) {
    const { code, message } = asFailure(error, id);
    const connection = await fleet.connect(id);
    if (!REFUSED.has(code) || connection.state === "failed") throw error;
    const ranges = await connection.member.list("ServiceCIDR").catch(() => []);
    const said = new Set(ranges.flatMap(({ spec }) => spec?.cidrs ?? []).map(familyOfRange));
    const others = (["IPv4", "IPv6"] as const).filter((family) => said.has(family) && !known.includes(family));
    return { families: [...known, ...others], ...(said.size === 0 && { familiesUnasked: message }) };
  }
}

function familyOfRange(cidr: string): IPFamily {
  return cidr.includes(":") ? "IPv6" : "IPv4";
}
