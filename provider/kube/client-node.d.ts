export { KubeConfig, loadYaml } from "@kubernetes/client-node";
export type { Cluster, User } from "@kubernetes/client-node";
