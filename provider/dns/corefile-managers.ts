/** Who else keeps the ConfigMap with the Corefile, as far as it says so: what is changed there may be written back. */
import type { ConfigMap } from "../mcs/api";

/** In words that follow "is kept by"; undefined where nothing tells. */
export function managerOf({ metadata: { labels = {}, annotations = {} } }: ConfigMap): string | undefined {
  if (labels["addonmanager.kubernetes.io/mode"] === "Reconcile") return "the cluster's addon manager";
  if (Object.keys(annotations).some((key) => key.startsWith("objectset.rio.cattle.io/"))) return "k3s";
  if (labels["app.kubernetes.io/managed-by"] === "Helm") return "Helm";
  if (labels["eks.amazonaws.com/component"] !== undefined) return "the EKS add-on, at its next upgrade";
  return undefined;
}
