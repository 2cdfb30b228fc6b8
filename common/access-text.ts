/** Rights as the questions that they stand for, and as a person reads them. */
import type { Access } from "../provider/reconcile/member";
import type { Right } from "./rights";

/** The questions that `right` stands for, one a verb and name. */
export function accessesOf({ verbs, group, resource, subresource, names }: Right): readonly Access[] {
  return verbs.flatMap((verb) => (names ?? [undefined]).map((name) => ({ verb, group, resource, subresource, name })));
}

/** `create,update services; patch serviceimports.multicluster.x-k8s.io/status`: verbs and resources as RBAC and `kubectl auth can-i` name them. */
export function rightsText(accesses: readonly Access[]): string {
  const byResource = Map.groupBy(accesses, ({ group, resource, subresource }) => {
    const name = group === "" ? resource : `${resource}.${group}`;
    return subresource === undefined ? name : `${name}/${subresource}`;
  });
  return [...byResource]
    .map(([name, of]) => `${[...new Set(of.map(({ verb }) => verb))].join(",")} ${name}`)
    .join("; ");
}
