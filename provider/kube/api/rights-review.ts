/**
 * Which of some rights we lack. The server lists the rules that hold for us in one answer (SelfSubjectRulesReview); only what that list
 * does not show is asked by itself (SelfSubjectAccessReview), as authorizers beside RBAC need not list what they allow.
 */
import { isMemberError } from "../../reconcile/member-error";
import type { Access, Account } from "../../reconcile/member";
import type { Client } from "./client";
import { type Action, error } from "../http/api-errors";

const REVIEWS = "/apis/authorization.k8s.io/v1";
/** Of rules of a namespace those of the whole cluster are a part; in one that nobody has, there are no others. */
const NO_NAMESPACE = "pulumi-mcs-cluster-wide";
/** Below so many the list saves nothing. */
const FEW = 3;

type On = (verb: string, object: string) => Action;

/** In the order asked. Rejects with MemberError. */
export async function refusedBy(client: Client, on: On, accesses: readonly Access[]): Promise<readonly Access[]> {
  const rules = accesses.length > FEW ? await rulesOf(client, on) : [];
  const open = accesses.filter((access) => !rules.some((rule) => covers(rule, access)));
  const allowed = await Promise.all(open.map((access) => allows(client, on, access)));
  return open.filter((_, index) => allowed[index] === false);
}

/** Of somebody else nobody lists the rules. */
export async function refusedTo(
  client: Client,
  on: On,
  account: Account,
  accesses: readonly Access[],
): Promise<readonly Access[]> {
  const { namespace, name } = account;
  const subject: Subject = {
    kind: "SubjectAccessReview",
    spec: {
      user: `system:serviceaccount:${namespace}:${name}`,
      groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
    },
  };
  const allowed = await Promise.all(accesses.map((access) => allows(client, on, access, subject)));
  return accesses.filter((_, index) => allowed[index] === false);
}

interface Subject {
  readonly kind: "SelfSubjectAccessReview" | "SubjectAccessReview";
  readonly spec: object;
}
const OURSELVES: Subject = { kind: "SelfSubjectAccessReview", spec: {} };

interface Rule {
  readonly verbs?: readonly string[] | null;
  readonly apiGroups?: readonly string[] | null;
  readonly resources?: readonly string[] | null;
  readonly resourceNames?: readonly string[] | null;
}

/** None where the server does not say: each right is asked then. */
async function rulesOf(client: Client, on: On): Promise<readonly Rule[]> {
  const action = on("list", "our rights");
  const body = review("SelfSubjectRulesReview", { namespace: NO_NAMESPACE });
  const path = `${REVIEWS}/selfsubjectrulesreviews`;
  try {
    const answer = await client({ action, request: { method: "POST", path, body }, idempotent: true });
    const rules = (answer.body as { status?: { resourceRules?: unknown } } | null)?.status?.resourceRules;
    return Array.isArray(rules) ? rules.filter(isRule) : [];
  } catch (cause) {
    if (isMemberError(cause) && (cause.code === "forbidden" || cause.code === "notServed")) {
      return [];
    }
    throw cause;
  }
}

function isRule(said: unknown): said is Rule {
  if (typeof said !== "object" || said === null) return false;
  const { verbs, apiGroups, resources, resourceNames } = said as { readonly [field in keyof Rule]?: unknown };
  return [verbs, apiGroups, resources, resourceNames].every((field) => field == null || Array.isArray(field));
}

function covers({ verbs, apiGroups, resources, resourceNames }: Rule, access: Access): boolean {
  const { verb, group, resource, subresource, name } = access;
  const of = subresource === undefined ? [resource] : [`${resource}/${subresource}`, `*/${subresource}`];
  return (
    has(verbs, [verb]) &&
    has(apiGroups, [group]) &&
    has(resources, of) &&
    (!resourceNames?.length || (name !== undefined && resourceNames.includes(name)))
  );
}

function has(list: readonly string[] | null | undefined, wanted: readonly string[]): boolean {
  return ["*", ...wanted].some((one) => list?.includes(one));
}

async function allows(client: Client, on: On, access: Access, { kind, spec }: Subject = OURSELVES): Promise<boolean> {
  const { namespace, verb, group, resource, subresource, name } = access;
  const whose = kind === "SubjectAccessReview" ? "the right of somebody else to" : "the right to";
  const action = on(`check ${whose}`, `${verb} ${resource}`);
  const attributes = { namespace, verb, group, resource, subresource, name };
  const body = review(kind, { ...spec, resourceAttributes: attributes });
  const path = `${REVIEWS}/${kind.toLowerCase()}s`;
  const answer = await client({ action, request: { method: "POST", path, body }, idempotent: true });
  const allowed = (answer.body as { status?: { allowed?: unknown } } | null)?.status?.allowed;
  if (typeof allowed !== "boolean") {
    throw error(action, "unreachable", `${action.server} is not a Kubernetes API (it did not answer the review)`);
  }
  return allowed;
}

function review(kind: string, spec: object): object {
  return { apiVersion: "authorization.k8s.io/v1", kind, spec };
}
