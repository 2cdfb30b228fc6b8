// One record of the stack's state, and what it depends on.
import type { Props } from "./values.js";

/**
 * Identity matters: two records may share a URN (a replacement and what it replaced), and the engine tells them apart
 * by the object itself.
 */
export interface ResourceState {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  /** Empty for components and for what a preview would create. */
  id: string;
  inputs: Props;
  outputs: Props;
  parent: string;
  readonly protect: boolean;
  readonly external: boolean;
  dependencies: readonly string[];
  propertyDependencies: Readonly<Record<string, readonly string[]>>;
  /** `urn::id` of the provider resource; empty for components and providers. */
  provider: string;
  /** Reasons of the last partial failure; while there are some, the next `up` calls update. */
  initErrors: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  readonly retainOnDelete: boolean;
  readonly ignoreChanges: readonly string[];
  readonly hideDiff: readonly string[];
  /** Replaced, and to be deleted. */
  delete: boolean;
  /** Deleted for a replacement that was not created yet. */
  pendingReplacement: boolean;
  created?: string;
  modified?: string;
}

export const providerTypePrefix = "pulumi:providers:";

export function isProviderType(type: string): boolean {
  return type.startsWith(providerTypePrefix);
}

/** Package of a type token: `pulumi-nodejs` of `pulumi-nodejs:dynamic/mcs:ServiceExport`. */
export function packageOf(type: string): string {
  return type.split(":")[0] ?? "";
}

export interface ProviderReference {
  readonly urn: string;
  readonly id: string;
}

/** `urn:…::name::id` in two. */
export function parseReference(reference: string): ProviderReference {
  const at = reference.lastIndexOf("::");
  return { urn: reference.slice(0, at), id: reference.slice(at + 2) };
}

/** URNs that must exist before this one, parent not counted: its dependencies and its provider. */
export function dependencyUrns(resource: ResourceState): Set<string> {
  const urns = new Set([...resource.dependencies, ...Object.values(resource.propertyDependencies).flat()]);
  if (resource.provider) urns.add(parseReference(resource.provider).urn);
  return urns;
}
