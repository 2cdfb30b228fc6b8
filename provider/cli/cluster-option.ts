/** `--cluster id=kubeconfig[#context]` and `--role id=part`: how a person describes the members on the command line. */
import { isDnsLabel } from "../mcs/label-value";
import { MEMBER_ROLES, type MemberRole } from "../../common/rights";

export interface ClusterOption {
  readonly id: string;
  /** `~` is the home directory. */
  readonly kubeconfigPath: string;
  readonly context?: string;
}

/** Throws a RangeError that says how the option is written. */
export function parseCluster(text: string): ClusterOption {
  const [, id, kubeconfigPath, context] = /^([^=]+)=([^#]+)(?:#(.+))?$/.exec(text) ?? [];
  if (!id || !kubeconfigPath) {
    throw new RangeError(`"${text}" is not id=kubeconfig[#context], e.g. --cluster member1=~/.kube/config#member1`);
  }
  if (!isDnsLabel(id)) {
    throw new RangeError(`cluster id "${id}" is not a DNS label: lower-case letters, digits and "-", at most 63`);
  }
  return { id, kubeconfigPath, ...(context && { context }) };
}

/** Throws a RangeError that says how the option is written. */
export function parseRole(text: string): { readonly id: string; readonly role: MemberRole } {
  const [id = "", part = ""] = text.split("=");
  const role = MEMBER_ROLES.find((one) => one === part);
  if (id === "" || role === undefined) {
    throw new RangeError(
      `"${text}" is not id=role with the role ${MEMBER_ROLES.join(", ")}, e.g. --role member1=export`,
    );
  }
  return { id, role };
}
