/**
 * The part of @kubernetes/client-node that we use: kubeconfigs and their credentials. In dist this file is replaced by a bundle of just that
 * (scripts/bundle-client-node.mjs): the whole library loads a file for every kind of Kubernetes object, half a second and 60 MB a process.
 */
export { KubeConfig, loadYaml } from "@kubernetes/client-node";
export type { Cluster, User } from "@kubernetes/client-node";
