/** The rights as rules of RBAC, by what a member is for: what MemberAccess makes, and what deploy/rbac is generated from. */
import { type Duties, neededRights, type Right } from "./rights";

/** As `ClusterRole.rules` has it; mutable, as @pulumi/kubernetes wants its inputs. */
export interface PolicyRule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

const NOTHING: Duties = { exports: false, imports: false, installs: false, identifies: true };

/** What each role adds to its member's account; those after the three parts are bound beside the part that the member plays. */
export const roleRights = {
  export: neededRights({ ...NOTHING, exports: true }),
  import: neededRights({ ...NOTHING, imports: true }),
  both: neededRights({ ...NOTHING, exports: true, imports: true }),
  installCrds: beside({ ...NOTHING, installs: true }),
  removeCrds: beside({ ...NOTHING, removes: true }),
  clusterSetDns: beside({ ...NOTHING, resolves: true }),
  sync: beside({ ...NOTHING, synced: true }),
  probe: beside({ ...NOTHING, probes: true }),
  restrictedEndpoints: beside({ ...NOTHING, restricted: true }),
} as const;
export type RoleName = keyof typeof roleRights;

function beside(duties: Duties): readonly Right[] {
  const always = neededRights(NOTHING);
  return neededRights(duties).filter((right) => !always.includes(right));
}

export function ruleOf({ group, resource, subresource, names, verbs }: Right): PolicyRule {
  return {
    apiGroups: [group],
    resources: [subresource === undefined ? resource : `${resource}/${subresource}`],
    ...(names && { resourceNames: [...names] }),
    verbs: [...verbs],
  };
}
