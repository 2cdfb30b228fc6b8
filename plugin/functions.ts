/** The functions of the package: what the clusters hold, read and never written. */
import { context } from "../provider/resources/process/context";
import { Refusal } from "../provider/resources/display/failure";
import { defined, type Properties } from "../provider/resources/inputs/properties";
import { clusterSetReport } from "../provider/resources/membership/set-report";
import { readOnly } from "../provider/resources/service/read-only";
import { serviceKinds } from "../provider/resources/service/service-kinds";

type Look = (args: Properties) => Promise<Properties>;

/** By token. A service that is not there is refused by name. */
export const functions: Readonly<Record<string, Look>> = {
  "mcs:index:getClusterSet": () => clusterSetReport(context()),
  "mcs:index:getServiceExport": lookAt("ServiceExport"),
  "mcs:index:getServiceImport": lookAt("ServiceImport"),
};

function lookAt(kind: "ServiceExport" | "ServiceImport"): Look {
  return async ({ cluster, namespace, name }) => {
    const id = `${String(namespace)}/${String(name)}@${String(cluster)}`;
    const { id: found, props } = await readOnly(context(), serviceKinds[kind], id, { cluster, namespace, name });
    if (found === "") throw new Refusal(`there is no ${kind} ${id}`);
    const names = ["cluster", "namespace", "name", ...serviceKinds[kind].shown];
    return defined(Object.fromEntries(names.map((output) => [output, props[output]])));
  };
}
