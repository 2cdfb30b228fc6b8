// Under which URNs of before a resource may be found, its own aliases and those it inherits from its parent.
import type { Alias } from "./goal.js";
import { makeUrn, nameOf, qualifiedTypeOf, rootStackType, typeOf } from "../urn.js";

export interface Named {
  readonly name: string;
  readonly type: string;
  readonly parent: string;
  readonly aliases: readonly Alias[];
}

export interface Where {
  readonly project: string;
  readonly stack: string;
  /** URN of now to the URN under which the resource was found in state, for those already seen. */
  readonly renamed: ReadonlyMap<string, string>;
}

/** URNs in the order in which they are tried, without the resource's own. */
export function formerUrns(named: Named, where: Where): string[] {
  const own = named.aliases.map((alias) => collapse(alias, named, where));
  const parentBefore = where.renamed.get(named.parent);
  if (!parentBefore) return [...new Set(own)];
  const inherit = (type: string, name: string) => inherited({ type, name, parent: named.parent, parentBefore, where });
  const inheritedOwn = own.map((urn) => inherit(typeOf(urn), nameOf(urn)));
  return [...new Set([...own, inherit(named.type, named.name), ...inheritedOwn])];
}

function collapse(alias: Alias, named: Named, where: Where): string {
  if ("urn" in alias) return alias.urn;
  const stated = alias.parent === undefined ? named.parent : (where.renamed.get(alias.parent) ?? alias.parent);
  const parent = stated && typeOf(stated) !== rootStackType ? stated : "";
  return makeUrn({
    stack: alias.stack || where.stack,
    project: alias.project || where.project,
    ...(parent ? { parent } : {}),
    type: alias.type || named.type,
    name: alias.name || named.name,
  });
}

/** A child named after its parent (`<parent>-x`) was, under the parent's old name, named after that. */
function inherited(given: { type: string; name: string; parent: string; parentBefore: string; where: Where }): string {
  const parentName = nameOf(given.parent);
  const name = given.name.startsWith(parentName)
    ? nameOf(given.parentBefore) + given.name.slice(parentName.length)
    : given.name;
  const { stack, project } = given.where;
  return `urn:pulumi:${stack}::${project}::${qualifiedTypeOf(given.parentBefore)}$${given.type}::${name}`;
}
