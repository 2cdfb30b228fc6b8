/** What a state may show of a clusterset's members. */

/** Each as it was given, without its kubeconfig, and where its credentials come from: `source`. */
export function publicClusters(clusters: Readonly<Record<string, object>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(clusters).map(([id, given]) => {
      const { kubeconfig, ...shown } = given as { readonly kubeconfig?: unknown; readonly inCluster?: unknown };
      // An empty text is what an unset variable gives.
      const contents = kubeconfig !== undefined && kubeconfig !== "";
      const source = contents ? "kubeconfig" : shown.inCluster ? "inCluster" : "kubeconfigPath";
      return [id, { ...shown, source }];
    }),
  );
}
