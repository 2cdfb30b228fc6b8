// The state while an operation changes it: what was there, what is new, and what of the old is done with.
import { parseReference } from "./resource.js";
import type { ResourceState } from "./resource.js";
import type { StateFile } from "./state-file.js";

/** Saved after every step, so that a killed engine knows all that had ended. A preview has no file, and saves nothing. */
export class Snapshot {
  private readonly added: ResourceState[] = [];
  private readonly done = new Set<ResourceState>();
  private readonly renamed = new Map<string, string>();

  constructor(
    private old: ResourceState[],
    private readonly file?: StateFile,
  ) {}

  /** State as the pass found it, refreshed or not, in dependency order. */
  get base(): readonly ResourceState[] {
    return this.old;
  }

  /** The one record of that URN that is not waiting to be deleted. */
  find(urn: string): ResourceState | undefined {
    return this.old.find((state) => state.urn === urn && !state.delete);
  }

  /** After a refresh: what it read takes the place of what was. */
  rebase(states: ResourceState[]): void {
    this.old = states;
    this.save();
  }

  add(state: ResourceState): void {
    this.added.push(state);
  }

  markDone(state: ResourceState | undefined): void {
    if (state) this.done.add(state);
  }

  /** A resource goes by a new URN: what still refers to the old one is saved with the new. */
  rename(before: string, now: string): void {
    this.renamed.set(before, now);
  }

  /** New ones first, in the order they came: each after all that it needs. */
  current(): ResourceState[] {
    return [...this.added, ...this.old].filter((state) => !this.done.has(state));
  }

  save(): void {
    this.file?.save(this.current().map((state) => this.withNewNames(state)));
  }

  private withNewNames(state: ResourceState): ResourceState {
    if (this.renamed.size === 0) return state;
    const now = (urn: string) => this.renamed.get(urn) ?? urn;
    const byProperty = Object.entries(state.propertyDependencies).map(([key, urns]) => [key, urns.map(now)] as const);
    const { urn, id } = parseReference(state.provider);
    return {
      ...state,
      parent: now(state.parent),
      provider: state.provider && `${now(urn)}::${id}`,
      dependencies: state.dependencies.map(now),
      propertyDependencies: Object.fromEntries(byProperty),
    };
  }
}
