/**
 * CoreDNS's right to read imports, as a ClusterRole of our own beside that of CoreDNS: installers write theirs anew at an upgrade (kubeadm does), and
 * a CoreDNS that has the option but lost the right is not ready any more after its next start. And to write that role one would have to have every
 * right in it.
 */
import type { ClusterRole, ClusterRoleBinding, KubeObject } from "../mcs/api";
import { same } from "../mcs/canonical";
import { ANNOTATION, isOurs, LABEL } from "../mcs/marks";
import type { Account } from "../reconcile/member";
import { fieldChanges } from "../reconcile/field-changes";
import type { DnsFacts, Seen } from "./dns-facts";
import type { DnsWrite } from "./dns-writes";

/** Of the ClusterRole and of its binding. */
export const RIGHTS_NAME = "pulumi-mcs-coredns";

const GROUP = "rbac.authorization.k8s.io";
const RULES = [{ apiGroups: ["multicluster.x-k8s.io"], resources: ["serviceimports"], verbs: ["list", "watch"] }];

export interface RightsPlan {
  readonly writes: readonly DnsWrite[];
  readonly problems: readonly string[];
}

/** PURE. What is missing for CoreDNS to read imports, and this owner's name on what another owner wrote; nothing where others see to it. */
export function grantRights(facts: DnsFacts, owner: string): RightsPlan {
  const { role, binding, mayReadImports } = facts;
  const ours = [role, binding].filter((it) => it.state === "there" && isOurs(it.object));
  if (mayReadImports === "yes" && ours.length === 0) return { writes: [], problems: [] };
  const problems = [unwritable("ClusterRole", role), unwritable("ClusterRoleBinding", binding)].flat();
  if (problems.length > 0) return { writes: [], problems: mayReadImports === "yes" ? [] : problems };
  return {
    writes: [
      ...claim("ClusterRole", role, wantedRole, owner),
      ...claim("ClusterRoleBinding", binding, (live) => wantedBinding(live, facts.account), owner),
    ],
    problems: [],
  };
}

/** PURE. Takes this owner's name off, and the object with the last one. */
export function revokeRights(
  { role, binding }: Pick<DnsFacts, "role" | "binding">,
  owner: string,
): readonly DnsWrite[] {
  return [...release("ClusterRoleBinding", binding, owner), ...release("ClusterRole", role, owner)];
}

function unwritable(kind: string, seen: Seen<KubeObject>): readonly string[] {
  if (seen.state === "hidden") {
    return [
      `${seen.why}; grant that (deploy/rbac/dns.yaml), or let an administrator give CoreDNS list and watch of serviceimports`,
    ];
  }
  return seen.state === "there" && !isOurs(seen.object)
    ? [
        `${kind} ${RIGHTS_NAME} was not made by pulumi-mcs, and does not let CoreDNS list and watch serviceimports: remove it`,
      ]
    : [];
}

type Rights = ClusterRole | ClusterRoleBinding;

function claim<T extends Rights>(
  kind: DnsWrite["kind"],
  seen: Seen<T>,
  wanted: (live: T | undefined) => T,
  owner: string,
): readonly DnsWrite[] {
  const live = seen.state === "there" ? seen.object : undefined;
  const object = ownedBy(wanted(live), [...new Set([...(live ? ownersOf(live) : []), owner])]);
  if (live === undefined) return [{ verb: "create", kind, object, fields: [] }];
  const fields = fieldChanges(content(live), content(object));
  return fields.length === 0 ? [] : [{ verb: "update", kind, object, fields }];
}

function release(kind: DnsWrite["kind"], seen: Seen<Rights>, owner: string): readonly DnsWrite[] {
  if (seen.state !== "there" || !ownersOf(seen.object).includes(owner)) return [];
  const live = seen.object;
  const others = ownersOf(live).filter((one) => one !== owner);
  if (others.length === 0) return [{ verb: "remove", kind, object: live, fields: [] }];
  const object = ownedBy(live, others);
  return [{ verb: "update", kind, object, fields: fieldChanges(content(live), content(object)) }];
}

/** What others added to it stays. */
function wantedRole(live: ClusterRole | undefined): ClusterRole {
  const rules = live?.rules ?? [];
  const missing = RULES.filter((rule) => !rules.some((one) => same(one, rule)));
  return { ...(live ?? { metadata: { name: RIGHTS_NAME } }), rules: [...rules, ...missing] };
}

function wantedBinding(live: ClusterRoleBinding | undefined, { namespace, name }: Account): ClusterRoleBinding {
  const subjects = live?.subjects ?? [];
  const isHere = subjects.some(
    (one) => one.kind === "ServiceAccount" && one.namespace === namespace && one.name === name,
  );
  return {
    ...(live ?? { metadata: { name: RIGHTS_NAME } }),
    roleRef: live?.roleRef ?? { apiGroup: GROUP, kind: "ClusterRole", name: RIGHTS_NAME },
    subjects: isHere ? subjects : [...subjects, { kind: "ServiceAccount", namespace, name }],
  };
}

/** Several stacks may serve one cluster's DNS: the annotation lists the owners, as that of a ClusterProperty does. */
function ownersOf({ metadata }: KubeObject): readonly string[] {
  return (metadata.annotations?.[ANNOTATION.owner] ?? "").split(",").filter(Boolean);
}

function ownedBy<T extends Rights>(object: T, owners: readonly string[]): T {
  const { managedFields: _managedFields, ...metadata } = object.metadata;
  const labels = { ...metadata.labels, [LABEL.managed]: "true" };
  const annotations = { ...metadata.annotations, [ANNOTATION.owner]: [...owners].sort().join(",") };
  return { ...object, metadata: { ...metadata, labels, annotations } };
}

function content({ metadata: { labels = {}, annotations = {} }, ...object }: Rights): unknown {
  const { rules, subjects } = object as Partial<ClusterRole & ClusterRoleBinding>;
  return { metadata: { labels, annotations }, rules, subjects };
}
