/** Gives and takes rights of a member's account, and waits until its API server goes by them. */
import type { Access } from "../../provider/reconcile/member";
import { adminClient } from "../controlplane/admin";
import type { RunningMember } from "../controlplane/clusters";
import { waitFor } from "../controlplane/wait";
import { type RoleName, roleRights, ruleOf, type PolicyRule } from "../../common/member-roles";

const ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles";

export interface AccountRights {
  /** These shipped roles and no others. */
  grant(...roles: RoleName[]): Promise<void>;
  /** Takes one verb on one resource out of all that was granted. */
  take(access: Access): Promise<void>;
  close(): Promise<void>;
}

/** @param kubeconfigToken of the account */
export function accountRights({ id, server, caPem, api }: RunningMember, kubeconfigToken: string): AccountRights {
  const account = adminClient({ id, server, caPem, token: kubeconfigToken });
  let granted: readonly PolicyRule[] = [];
  let revision = 0;

  /** The authorizer learns of it by a watch: a rule that nobody asks for tells when. */
  async function set(rules: readonly PolicyRule[]): Promise<void> {
    revision += 1;
    const marker = { apiGroups: ["test"], resources: [`revision-${revision}`], verbs: ["get"] };
    await api("PATCH", `${ROLES}/pulumi-mcs-member`, { rules: [...rules, marker] });
    const body = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: { verb: "get", group: "test", resource: `revision-${revision}` } },
    };
    const known = async () => {
      const answer = await account.api("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body);
      return (answer as { status: { allowed: boolean } }).status.allowed || undefined;
    };
    await waitFor(`the rights of ${id}'s account`, known, { everyMs: 10 });
  }

  return {
    async grant(...roles) {
      // All of them in the one role: what the others would still give is taken away.
      if (revision === 0) await api("PATCH", `${ROLES}/pulumi-mcs-install-crds`, { rules: [] });
      granted = roles.flatMap((role) => roleRights[role]).map(ruleOf);
      await set(granted);
    },
    async take({ verb, group, resource, subresource }) {
      const named = subresource === undefined ? resource : `${resource}/${subresource}`;
      const isOf = (rule: PolicyRule) => rule.apiGroups.includes(group) && rule.resources.includes(named);
      const less = granted.map((rule) =>
        isOf(rule) ? { ...rule, verbs: rule.verbs.filter((one) => one !== verb) } : rule,
      );
      await set(less.filter(({ verbs }) => verbs.length > 0));
    },
    close: () => account.close(),
  };
}
