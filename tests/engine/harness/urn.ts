// Reading and making URNs: urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>.

export const rootStackType = "pulumi:pulumi:Stack";

/** The part after the last `::` that belongs to the name; names may hold `::` themselves. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** Type token without its parents', e.g. `pulumi-nodejs:dynamic/mcs:MultiClusterService`. */
export function typeOf(urn: string): string {
  return qualifiedTypeOf(urn).split("$").at(-1) ?? "";
}

/** Type token with those of its parents, joined by `$`. */
export function qualifiedTypeOf(urn: string): string {
  return urn.split("::")[2] ?? "";
}

export interface UrnParts {
  readonly stack: string;
  readonly project: string;
  /** URN; the root stack does not show in its children's URNs. */
  readonly parent?: string;
  readonly type: string;
  readonly name: string;
}

export function makeUrn(parts: UrnParts): string {
  const parentType = parts.parent ? qualifiedTypeOf(parts.parent) : "";
  const prefix = parentType && parentType !== rootStackType ? `${parentType}$` : "";
  return `urn:pulumi:${parts.stack}::${parts.project}::${prefix}${parts.type}::${parts.name}`;
}

/** A default provider is the engine's own; people never see its steps. */
export function isDefaultProvider(urn: string): boolean {
  return /::pulumi:providers:[^:]+::default(_[^:]*)?$/.test(urn);
}
