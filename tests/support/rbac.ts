/** The rights table as people are given it: manifests for kubectl, and a table for people. */
import { Document, type YAMLMap, type YAMLSeq } from "yaml";
import { type RoleName, roleRights, ruleOf } from "../../common/member-roles";

interface Manifest {
  readonly file: string;
  readonly role: RoleName;
  /** Of the ClusterRole and its binding. All three parts have one name: who applies another one takes back what is no longer needed. */
  readonly name: string;
  readonly says: string;
}

const ACCOUNT = { namespace: "pulumi-mcs", name: "pulumi-mcs" };

export const manifests: readonly Manifest[] = [
  { file: "exporting.yaml", role: "export", name: "pulumi-mcs-member", says: "in a member that only exports" },
  { file: "importing.yaml", role: "import", name: "pulumi-mcs-member", says: "in a member that only imports" },
  { file: "both.yaml", role: "both", name: "pulumi-mcs-member", says: "in a member that exports and imports" },
  {
    file: "install-crds.yaml",
    role: "installCrds",
    name: "pulumi-mcs-install-crds",
    says: 'beside those of its part, where the clusterset installs the CRDs (crds: "install", the default)',
  },
  {
    file: "remove-crds.yaml",
    role: "removeCrds",
    name: "pulumi-mcs-remove-crds",
    says: "beside those of its part, where the clusterset removes the CRDs (removeCrdsOnDestroy: true)",
  },
  {
    file: "dns.yaml",
    role: "clusterSetDns",
    name: "pulumi-mcs-dns",
    says: "beside those of its part, where its CoreDNS is to resolve clusterset.local (ClusterSetDNS, pulumi-mcs dns)",
  },
  {
    file: "sync.yaml",
    role: "sync",
    name: "pulumi-mcs-sync",
    says: "beside those of its part, where pulumi-mcs sync keeps it current",
  },
  {
    file: "probe.yaml",
    role: "probe",
    name: "pulumi-mcs-probe",
    says: "beside those of its part, where small pods prove its network (pulumi-mcs probe)",
  },
  {
    file: "restricted-endpoints.yaml",
    role: "restrictedEndpoints",
    name: "pulumi-mcs-restricted-endpoints",
    says: "beside those of its part, in an OpenShift cluster that imports what it exports itself",
  },
];

export function manifestText({ role, name, says }: Manifest): string {
  const metadata = { name, labels: { "app.kubernetes.io/name": "pulumi-mcs" } };
  const account = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: ACCOUNT.namespace } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: ACCOUNT },
  ].map((object) => new Document(object));
  const group = "rbac.authorization.k8s.io";
  const binding = new Document({
    apiVersion: `${group}/v1`,
    kind: "ClusterRoleBinding",
    metadata,
    roleRef: { apiGroup: group, kind: "ClusterRole", name },
    subjects: [{ kind: "ServiceAccount", ...ACCOUNT }],
  });
  const rules = roleRights[role];
  const clusterRole = new Document(
    { apiVersion: `${group}/v1`, kind: "ClusterRole", metadata, rules: rules.map(ruleOf) },
    { aliasDuplicateObjects: false },
  );
  const items = (clusterRole.get("rules") as YAMLSeq<YAMLMap<unknown, YAMLSeq>>).items;
  rules.forEach(({ why, without }, index) => {
    const item = items[index]!;
    item.commentBefore = ` ${why}${without === undefined ? "" : ` (optional; without it: ${without})`}`;
    for (const { value } of item.items) value!.flow = true;
  });
  const documents = [...(name === "pulumi-mcs-member" ? account : []), clusterRole, binding];
  const head = `# Rights of pulumi-mcs ${says}: generated from common/rights.ts, see docs/rights.md.\n`;
  return head + documents.map((document) => document.toString({ lineWidth: 0 })).join("---\n");
}

const BEGIN = "<!-- rights -->";
const END = "<!-- /rights -->";

/** docs/rights.md with its table made anew. */
export function withTable(page: string): string {
  const [head = "", rest = ""] = page.split(BEGIN);
  const [, tail = ""] = rest.split(END);
  return `${head}${BEGIN}\n${rightsTable()}${END}${tail}`;
}

function rightsTable(): string {
  const parts: Readonly<Record<RoleName, string>> = {
    export: "export",
    import: "import",
    both: "",
    installCrds: '`crds: "install"`',
    removeCrds: "`removeCrdsOnDestroy`",
    clusterSetDns: "`clusterSetDns`",
    sync: "`pulumi-mcs sync`",
    probe: "`probe`",
    restrictedEndpoints: "`restrictedEndpoints`",
  };
  const all = [...new Set(Object.values(roleRights).flat())];
  const rows = all.map((right) => {
    const { verbs, why, without } = right;
    const [resource = ""] = ruleOf(right).resources;
    const named = right.names === undefined ? "" : ` (${right.names.join(", ")})`;
    const group = right.group === "" ? "" : `.${right.group}`;
    const [name = "", subresource] = resource.split("/");
    const of = (Object.keys(parts) as RoleName[]).filter((role) => parts[role] && roleRights[role].includes(right));
    const needs =
      of.includes("export") && of.includes("import") ? "every member" : of.map((role) => parts[role]).join(", ");
    const what = `\`${name}${group}${subresource === undefined ? "" : `/${subresource}`}\`${named}`;
    return `| ${verbs.join(", ")} | ${what} | ${needs} | ${why} | ${without ?? "nothing is written there"} |`;
  });
  return ["| verbs | resource | for | why | without it |", "| --- | --- | --- | --- | --- |", ...rows, ""].join("\n");
}
