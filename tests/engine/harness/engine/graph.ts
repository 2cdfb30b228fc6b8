// Order among the records of a state: who needs whom, and in which waves they may be deleted.
import { dependencyUrns } from "./resource.js";
import type { ResourceState } from "./resource.js";

/**
 * Records after `root` in `all` that depend on it, directly or through others, in order. A child does not depend on its
 * parent in this sense. `all` is in dependency order, as state always is.
 */
export function dependentsOf(
  root: ResourceState,
  all: readonly ResourceState[],
  ignore: ReadonlySet<string>,
): ResourceState[] {
  const reached = new Set([root.urn]);
  const found: ResourceState[] = [];
  for (const candidate of all.slice(all.indexOf(root) + 1)) {
    if (ignore.has(candidate.urn)) continue;
    if (![...dependencyUrns(candidate)].some((urn) => reached.has(urn))) continue;
    reached.add(candidate.urn);
    found.push(candidate);
  }
  return found;
}

/** Records before `resource` in `all` that it needs: dependencies, provider, parent; with a component also its children. */
export function dependenciesOf(resource: ResourceState, all: readonly ResourceState[]): Set<ResourceState> {
  const urns = dependencyUrns(resource);
  const before = all.slice(0, all.indexOf(resource));
  const found = new Set<ResourceState>();
  for (const candidate of before) {
    if (candidate.urn === resource.parent) found.add(candidate);
    if (!urns.has(candidate.urn)) continue;
    found.add(candidate);
    if (!candidate.custom)
      before.filter((other) => isBelow(other, candidate, all)).forEach((other) => found.add(other));
  }
  return found;
}

/**
 * The order of deletion: each wave only after the whole wave before, the members of one wave at once. Nothing is in the
 * same wave as, or a later one than, what it needs.
 */
export function deletionWaves(condemned: readonly ResourceState[], all: readonly ResourceState[]): ResourceState[][] {
  const left = new Set(condemned);
  const waves: ResourceState[][] = [];
  while (left.size > 0) {
    const wave = [...left].filter((resource) => ![...dependenciesOf(resource, all)].some((needed) => left.has(needed)));
    if (wave.length === 0) throw new Error("the state's dependencies form a circle");
    wave.forEach((resource) => left.delete(resource));
    waves.unshift(wave);
  }
  return waves;
}

function isBelow(resource: ResourceState, ancestor: ResourceState, all: readonly ResourceState[]): boolean {
  for (let parent = resource.parent; parent !== ""; parent = all.find((other) => other.urn === parent)?.parent ?? "") {
    if (parent === ancestor.urn) return true;
  }
  return false;
}
