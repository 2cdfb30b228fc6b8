/** Which IP families can a Service have in this member? */
import type { IPFamily, Service } from "../../mcs/api";
import { LABEL } from "../../mcs/marks";
import type { Member } from "../member";

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
