/** What we must be allowed to do in a member, by the part it plays. */
import type { Access } from "./member";

export interface Role {
  readonly exports: boolean;
  readonly imports: boolean;
  /** We install or upgrade the CRDs there. */
  readonly installs: boolean;
}

const MCS = "multicluster.x-k8s.io";
const DISCOVERY = "discovery.k8s.io";
const CRUD = ["create", "update", "delete"] as const;

export function neededRights({ exports, imports, installs }: Role): readonly Access[] {
  const write = (group: string, resource: string): Access[] => CRUD.map((verb) => ({ verb, group, resource }));
  const status = (resource: string): Access => ({ verb: "patch", group: MCS, resource, subresource: "status" });
  const crds = { group: "apiextensions.k8s.io", resource: "customresourcedefinitions" };
  return [
    { verb: "list", group: "", resource: "namespaces" },
    { verb: "list", group: "", resource: "services" },
    { verb: "list", group: DISCOVERY, resource: "endpointslices" },
    { verb: "list", group: MCS, resource: "serviceexports" },
    { verb: "list", group: MCS, resource: "serviceimports" },
    ...(exports ? [...write(MCS, "serviceexports"), status("serviceexports")] : []),
    ...(imports
      ? [
          ...write("", "services"),
          ...write(DISCOVERY, "endpointslices"),
          ...write(MCS, "serviceimports"),
          status("serviceimports"),
        ]
      : []),
    ...(installs ? (["get", "create", "update"] as const).map((verb) => ({ verb, ...crds })) : []),
  ];
}

/** `create,update services; patch serviceimports.multicluster.x-k8s.io/status`: verbs and resources as RBAC and `kubectl auth can-i` name them. */
export function rightsText(accesses: readonly Access[]): string {
  const byResource = Map.groupBy(accesses, ({ group, resource, subresource }) => {
    const name = group === "" ? resource : `${resource}.${group}`;
    return subresource === undefined ? name : `${name}/${subresource}`;
  });
  return [...byResource].map(([name, of]) => `${of.map(({ verb }) => verb).join(",")} ${name}`).join("; ");
}
