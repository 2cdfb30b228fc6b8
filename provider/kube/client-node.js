/**
 * The part of @kubernetes/client-node that we use: kubeconfigs and their credentials. Plain JavaScript, because in dist a bundle of just that
 * stands in its place (scripts/bundle-client-node.mjs): the whole library loads a file for every kind of Kubernetes object, half a second
 * and 60 MB a process.
 */
const { KubeConfig, loadYaml } = require("@kubernetes/client-node");

module.exports = { KubeConfig, loadYaml };
