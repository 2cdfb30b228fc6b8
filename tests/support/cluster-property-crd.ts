/** The CRD of ClusterProperty (KEP-2149), as an administrator applies it: the package installs none. */
const value = { type: "object", required: ["value"], properties: { value: { type: "string" } } };

export const clusterPropertyCrd = {
  metadata: {
    name: "clusterproperties.about.k8s.io",
    annotations: { "api-approved.kubernetes.io": "https://github.com/kubernetes/enhancements/pull/2149" },
  },
  spec: {
    group: "about.k8s.io",
    scope: "Cluster",
    names: { kind: "ClusterProperty", plural: "clusterproperties", singular: "clusterproperty" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", required: ["spec"], properties: { spec: value } } },
      },
    ],
  },
};
