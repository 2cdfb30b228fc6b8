/**
 * What we must be allowed to do in a member, by the part it plays: the one list that preflight asks, and that deploy/rbac, MemberAccess and
 * docs/rights.md are generated from (tests/support/generate-rbac.ts).
 */
import type { Access } from "../provider/reconcile/member";

/** What a member can do in a clusterset. */
export type Part = "export" | "import";
export type MemberRole = Part | "both";

export const MEMBER_ROLES: readonly MemberRole[] = ["export", "import", "both"];

export function takesPart(role: MemberRole, part: Part): boolean {
  return role === "both" || role === part;
}

/** What is done in a member. */
export interface Duties {
  readonly exports: boolean;
  readonly imports: boolean;
  /** We install or upgrade the CRDs there. */
  readonly installs: boolean;
  /** We remove them when the clusterset is destroyed. Default false. */
  readonly removes?: boolean;
  /** It serves ClusterProperty (KEP-2149), in which we write who it is. Default false. */
  readonly identifies?: boolean;
  /** We make its CoreDNS resolve clusterset.local. Default false. */
  readonly resolves?: boolean;
  /** `pulumi-mcs sync` keeps it current, and tells there what happens. Default false. */
  readonly synced?: boolean;
  /** Small pods prove its network. Default false. */
  readonly probes?: boolean;
  /** It imports what it exports itself, and is OpenShift. Default false: nobody is asked for it who is not there. */
  readonly restricted?: boolean;
}

/** One rule of RBAC, with why. */
export interface Right {
  readonly verbs: readonly Access["verb"][];
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** These objects only; RBAC cannot say so for create and list. */
  readonly names?: readonly string[];
  readonly why: string;
  /** Optional: what happens without it. */
  readonly without?: string;
  /** Optional, and preflight learns by using it whether we have it: it then warns of what it could not learn. */
  readonly used?: true;
}

const MCS = "multicluster.x-k8s.io";
const ABOUT = { group: "about.k8s.io", resource: "clusterproperties" };
const CRDS = { group: "apiextensions.k8s.io", resource: "customresourcedefinitions" };
const CRD_NAMES = [`serviceexports.${MCS}`, `serviceimports.${MCS}`];
const PROPERTY_NAMES = ["cluster.clusterset.k8s.io", "clusterset.k8s.io"];
const NAMESPACES = { group: "", resource: "namespaces" };
const SERVICES = { group: "", resource: "services" };
const SLICES = { group: "discovery.k8s.io", resource: "endpointslices" };
const EXPORTS = { group: MCS, resource: "serviceexports" };
const IMPORTS = { group: MCS, resource: "serviceimports" };
const WRITE = ["create", "update", "delete"] as const;

/** In the order in which people are told them; what is optional comes last of its part. */
export function neededRights({
  exports,
  imports,
  installs,
  removes,
  identifies,
  resolves,
  synced,
  probes,
  restricted,
}: Duties): readonly Right[] {
  return [
    ...everyMember,
    ...(exports ? exporting : []),
    ...(imports ? importing : []),
    ...(identifies ? identifying : []),
    ...(installs ? installing : []),
    ...(removes ? removing : []),
    ...(resolves ? resolving : []),
    ...(synced ? telling : []),
    ...(probes ? probing : []),
    ...(restricted ? restrictedEndpoints : []),
    ...watching,
    ...learning,
  ];
}

const everyMember: readonly Right[] = [
  { verbs: ["list"], ...NAMESPACES, why: "a service is imported where its namespace exists" },
  { verbs: ["list"], ...SERVICES, why: "what is exported, and the derived Services" },
  { verbs: ["list"], ...SLICES, why: "the endpoints of what is exported, and the imported ones" },
  { verbs: ["list"], ...EXPORTS, why: "who exports" },
  { verbs: ["list"], ...IMPORTS, why: "who imports" },
  {
    verbs: ["patch"],
    ...EXPORTS,
    subresource: "status",
    why: "the conditions of every export, also of those made by hand",
  },
];

const exporting: readonly Right[] = [{ verbs: WRITE, ...EXPORTS, why: "the exports that a program asks for" }];

const importing: readonly Right[] = [
  { verbs: WRITE, ...SERVICES, why: "the derived Services" },
  { verbs: WRITE, ...SLICES, why: "the imported endpoints" },
  { verbs: WRITE, ...IMPORTS, why: "the imports that a program asks for" },
  {
    verbs: ["patch"],
    ...IMPORTS,
    subresource: "status",
    why: "the clusters that an import has endpoints of, and its conditions",
  },
];

const identifying: readonly Right[] = [
  { verbs: ["create"], ...ABOUT, why: "who the cluster is (KEP-2149), where it says so nowhere yet" },
  {
    verbs: ["get", "update", "delete"],
    ...ABOUT,
    names: PROPERTY_NAMES,
    why: "who the cluster says it is; what we wrote is put right, shared by the stacks of a clusterset, and taken away by the last",
  },
];

const installing: readonly Right[] = [
  { verbs: ["create"], ...CRDS, why: "the CRDs where they are absent" },
  { verbs: ["get", "update"], ...CRDS, names: CRD_NAMES, why: "whether they are older than ours, and to upgrade them" },
];

const removing: readonly Right[] = [
  {
    verbs: ["delete"],
    ...CRDS,
    names: CRD_NAMES,
    why: "the CRDs that the clusterset installed, when it is destroyed and no export or import is left in them",
  },
];

const RBAC = "rbac.authorization.k8s.io";
const RBAC_NAMES = ["pulumi-mcs-coredns"];
const COREDNS_NAMES = ["coredns"];
const AGAIN = "an administrator gives CoreDNS list and watch of serviceimports instead";

const resolving: readonly Right[] = [
  {
    verbs: ["get", "update"],
    group: "",
    resource: "configmaps",
    names: COREDNS_NAMES,
    why: "the Corefile, in which the zone clusterset.local is added",
  },
  {
    verbs: ["create"],
    group: RBAC,
    resource: "clusterroles",
    why: "that CoreDNS may read imports",
    without: AGAIN,
  },
  {
    verbs: ["get", "update", "delete"],
    group: RBAC,
    resource: "clusterroles",
    names: RBAC_NAMES,
    why: "the same, kept and taken back",
    without: AGAIN,
  },
  {
    verbs: ["create"],
    group: RBAC,
    resource: "clusterrolebindings",
    why: "that CoreDNS may read imports",
    without: AGAIN,
  },
  {
    verbs: ["get", "update", "delete"],
    group: RBAC,
    resource: "clusterrolebindings",
    names: RBAC_NAMES,
    why: "the same, kept and taken back",
    without: AGAIN,
  },
  // Nobody gives what he does not have.
  { verbs: ["watch"], ...IMPORTS, why: "to give CoreDNS that right one has to have it", without: AGAIN },
  {
    verbs: ["create"],
    group: "authorization.k8s.io",
    resource: "subjectaccessreviews",
    why: "whether CoreDNS may read imports already, and whether what was granted is in force",
    without: "the right is granted in any case, and nobody waits until it is in force",
  },
  {
    verbs: ["get"],
    group: "apps",
    resource: "deployments",
    names: COREDNS_NAMES,
    why: "the version of CoreDNS, by its image, and its ServiceAccount",
    without: "the version has to be given",
  },
];

const telling: readonly Right[] = [
  {
    verbs: ["create", "update"],
    group: "events.k8s.io",
    resource: "events",
    why: "Events of pulumi-mcs sync on exports and imports: a conflict, an import that was made",
    without: "they are told in its log and its metrics only",
  },
];

const probing: readonly Right[] = [
  {
    verbs: ["create", "get", "list", "delete"],
    group: "",
    resource: "pods",
    why: "the pods of a probe, which call each other for a minute; a Role in the probe's namespace does as well",
  },
  { verbs: ["create", "delete"], ...SERVICES, why: "the Services of those pods" },
  { verbs: ["create", "delete"], ...EXPORTS, why: "their exports" },
];

const restrictedEndpoints: readonly Right[] = [
  {
    verbs: ["create"],
    ...SLICES,
    subresource: "restricted",
    // RestrictedEndpointsAdmission lets only whoever may "create" this write endpoints in the cluster's own networks, in an update, too.
    why: "on OpenShift only: endpoints of the member's own pods, where it imports what it exports itself",
    without:
      "OpenShift refuses these slices (403: endpoint address … is not allowed); those of other members' pods are written",
  },
];

/** Of what every member lists. */
const watching: readonly Right[] = [NAMESPACES, SERVICES, SLICES, EXPORTS, IMPORTS].map((kind) => ({
  verbs: ["watch"],
  ...kind,
  why: "what happens there while a run goes on, without listing it again",
  without: "its lists are read again instead, as right and slower",
}));

const learning: readonly Right[] = [
  {
    verbs: ["get"],
    ...NAMESPACES,
    names: ["kube-system"],
    why: "its UID tells one cluster from another",
    without: "two ids for one cluster go unseen",
    used: true,
  },
  {
    verbs: ["list"],
    group: "",
    resource: "nodes",
    why: "the ranges of the pods",
    without: "give podCIDRs, or an overlap goes unseen",
    used: true,
  },
  {
    verbs: ["list"],
    group: "networking.k8s.io",
    resource: "servicecidrs",
    why: "the ranges of the Services",
    without: "give serviceCIDRs, or an overlap goes unseen",
    used: true,
  },
  {
    verbs: ["get"],
    ...CRDS,
    names: CRD_NAMES,
    why: "which release of the CRDs is there",
    without: 'with crds: "require" it is only seen whether their kinds are served',
    used: true,
  },
  {
    verbs: ["create"],
    group: "",
    resource: "events",
    why: "a Warning where exporters do not agree on headless or not",
    without: "the conflict stands in the conditions of the exports only",
  },
];
