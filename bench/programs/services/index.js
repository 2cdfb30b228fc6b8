// BENCH_MEMBERS is JSON: { id: path of a kubeconfig }. BENCH_SERVICES is how many, in BENCH_NAMESPACE.
const mcs = require("pulumi-mcs");

const kubeconfigs = JSON.parse(process.env.BENCH_MEMBERS);
const clusters = Object.fromEntries(
  Object.entries(kubeconfigs).map(([id, kubeconfigPath]) => [id, { kubeconfigPath }]),
);
const clusterSet = new mcs.ClusterSet("bench", { clusters });
for (let n = 0; n < Number(process.env.BENCH_SERVICES); n++) {
  new mcs.MultiClusterService(`service-${n}`, {
    clusterSet,
    namespace: process.env.BENCH_NAMESPACE,
    exportFrom: ["member1"],
    importTo: "all",
  });
}
