/** A member whose CoreDNS the package sets up, as the account that deploy/rbac makes. */
import * as path from "node:path";
import { connect } from "../../../provider/kube/connect";
import { planLeaving, planServing } from "../../../provider/dns/dns-plan";
import { carryOut, type DnsOutcome } from "../../../provider/dns/dns-writes";
import type { RunningMember } from "../../controlplane/clusters";
import { applyManifest } from "../../controlplane/account";

const OWNER = "dns-test";

/** With the rights of deploy/rbac/dns.yaml beside those that its account has. */
export async function grantDnsRights({ api }: RunningMember): Promise<void> {
  await applyManifest(api, path.join(__dirname, "../../../deploy/rbac/dns.yaml"));
}

export function serveNames(member: RunningMember): Promise<DnsOutcome> {
  return asMember(member, (id) => (facts) => planServing(id, facts, { owner: OWNER }));
}

export function leaveNames(member: RunningMember): Promise<DnsOutcome> {
  return asMember(member, (id) => (facts) => planLeaving(id, facts, OWNER));
}

async function asMember(
  { id, kubeconfig }: RunningMember,
  plan: (id: string) => Parameters<typeof carryOut>[1],
): Promise<DnsOutcome> {
  const member = await connect({ id, kubeconfig });
  try {
    return await carryOut(member, plan(id));
  } finally {
    await member.close();
  }
}
