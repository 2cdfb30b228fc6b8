/** What is wrong with a kubeconfig, told without anything that it holds. */
import { MemberError } from "../../reconcile/member-error";
import { brief } from "../http/api-errors";

/** A MemberError `kubeconfig` of the member `id`, on one line. */
export function invalid(id: string, text: string): MemberError {
  return new MemberError("kubeconfig", id, brief(`${id}: ${text}`));
}
