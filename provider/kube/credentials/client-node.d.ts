export { KubeConfig } from "@kubernetes/client-node";
export type { Cluster, User } from "@kubernetes/client-node";
/** Throws where the text is not YAML; the error's `mark.line` counts from 0. Undefined or null for an empty text. */
export declare function loadYaml(text: string): unknown;
