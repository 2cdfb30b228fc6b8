/**
 * The part of @kubernetes/client-node that we use: kubeconfigs and their credentials, and the YAML parser that it reads them with. Plain
 * JavaScript, because in dist a bundle of just that stands in its place (scripts/bundle-client-node.mjs): the whole library loads a file for
 * every kind of Kubernetes object, half a second and 60 MB a process.
 */
const { createRequire } = require("node:module");

const { KubeConfig } = require("@kubernetes/client-node");
const { load } = createRequire(require.resolve("@kubernetes/client-node"))("js-yaml");

module.exports = { KubeConfig, loadYaml: load };
