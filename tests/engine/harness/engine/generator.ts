// Turns each registration of the program into steps, one registration after the other: check, diff, and what follows from them.
import { formerUrns } from "./aliases.js";
import { decide } from "./diff.js";
import type { Decision } from "./diff.js";
import type { Goal, ReadGoal } from "./goal.js";
import { Invalid } from "./invalid.js";
import { NotCovered } from "./not-covered.js";
import { providerOf } from "./pass.js";
import type { Pass } from "./pass.js";
import { ignoringChanges } from "./property-path.js";
import type { Provider } from "./provider.js";
import { dependencyUrns, isProviderType } from "./resource.js";
import { dependentsToReplace, refuseProtected } from "./replacement.js";
import type { ResourceState } from "./resource.js";
import { stateOfGoal, stateOfRead } from "./new-state.js";
import { createStep, deleteStep, readStep, replaceStep, sameStep, skippedCreateStep, updateStep } from "./steps.js";
import type { Step } from "./steps.js";
import { makeUrn, rootStackType } from "../urn.js";
import { isSecret, unknown } from "./values.js";
import type { Props, Value } from "./values.js";

/** What the program is told in the end. `unknown`: the resource was left out of this operation. */
export type Answer = (state: ResourceState, unknown?: boolean) => void;

/** What a URN is made of. */
export type UrnGoal = Pick<Goal, "type" | "name" | "parent">;

export class Generator {
  /** URNs that the program registered or read. */
  readonly urns = new Set<string>();
  /** URNs whose old record was deleted already, in order to be replaced. */
  readonly deleted = new Set<string>();
  private readonly renamed = new Map<string, string>();
  private readonly skipped = new Set<string>();
  private readonly decided = new Set<string>();

  constructor(private readonly pass: Pass) {}

  /** @throws Invalid, or what a provider's check or diff throws */
  async register(goal: Goal, answer: Answer): Promise<Step[]> {
    const { pass } = this;
    const urn = this.newUrn(goal);
    const old = this.findOld(urn, goal);
    const next = stateOfGoal(goal, urn);
    if (old?.external) throw new NotCovered(`managing "${goal.name}", which was only read before`);
    const parts = { pass, old, next, answer: () => answer(next) };
    if (!this.isTargeted(next)) return this.leaveAlone(parts, answer);
    this.refuseSkippedDependencies(next);

    const provider = providerOf(pass, next);
    const recreating = this.deleted.has(urn);
    const fresh = !old || recreating || pass.replaceTargets.has(urn);
    const wanted = old ? ignoringChanges(goal.inputs, old.inputs, goal.ignoreChanges) : goal.inputs;
    next.inputs = fresh
      ? await this.check(provider, next, {}, goal.inputs)
      : await this.check(provider, next, old.inputs, wanted);
    this.decided.add(urn);

    if (!old) return [createStep(parts)];
    if (recreating) {
      this.deleted.delete(urn);
      return [replaceStep(parts), createStep(parts, { pendingDelete: false })];
    }
    const decision = pass.replaceTargets.has(urn)
      ? { changed: true, replace: true, deleteBeforeReplace: false }
      : await decide(pass, old, next, provider);
    return this.follow(decision, goal, { ...parts, old });
  }

  async read(goal: ReadGoal, answer: Answer): Promise<Step[]> {
    const urn = this.newUrn(goal);
    const old = this.findOld(urn, { ...goal, aliases: [] });
    if (goal.id === "" || goal.id === unknown)
      throw new NotCovered(`reading "${goal.name}" with an id that is not known yet`);
    if (old && !old.external) throw new NotCovered(`reading "${goal.name}", which was managed before`);
    const next = stateOfRead(goal, urn);
    this.decided.add(urn);
    return [readStep({ pass: this.pass, old, next, answer: () => answer(next) })];
  }

  private async follow(decision: Decision, goal: Goal, parts: Parts & { old: ResourceState }): Promise<Step[]> {
    const { old } = parts;
    if (old.pendingReplacement || (decision.changed && decision.replace)) return this.replace(decision, goal, parts);
    if (decision.changed || old.initErrors.length > 0) return [updateStep(parts)];
    return [sameStep(parts)];
  }

  private async replace(decision: Decision, goal: Goal, parts: Parts & { old: ResourceState }): Promise<Step[]> {
    const { pass, old, next } = parts;
    if (next.protect && old.protect) refuseProtected(pass, next.urn, next.urn);
    // What replaces it is new: checked as if nothing had been there.
    if (!pass.replaceTargets.has(next.urn))
      next.inputs = await this.check(providerOf(pass, next), next, {}, goal.inputs);
    if (!(goal.deleteBeforeReplace ?? decision.deleteBeforeReplace)) {
      return [createStep(parts, { pendingDelete: true }), replaceStep(parts)];
    }
    const dependents = await dependentsToReplace(pass, old, this.decided);
    const condemned = old.pendingReplacement ? dependents : [...dependents, old];
    dependents.forEach((dependent) => this.deleted.add(dependent.urn));
    const before = condemned.map((state) => deleteStep(pass, state, "pending"));
    return [...before, replaceStep(parts), createStep(parts, { pendingDelete: false })];
  }

  /** All failures of one check are reported, each with its property. */
  private async check(provider: Provider | undefined, next: ResourceState, olds: Props, news: Props): Promise<Props> {
    if (!provider) return news;
    const checked = await provider.check(next.urn, olds, news);
    for (const { property, reason } of checked.failures) {
      const about = `${next.type} resource '${next.urn.split("::").at(-1)}'`;
      const which = property ? `: property ${property} value {${shown(checked.inputs[property])}}` : "";
      this.report(next.urn, `${about}${which} has a problem: ${reason}`);
    }
    if (checked.failures.length > 0) throw new Invalid();
    return checked.inputs;
  }

  urnOf({ type, name, parent }: UrnGoal): string {
    const { project, stack } = this.pass;
    return makeUrn({ project, stack, type, name, ...(parent ? { parent } : {}) });
  }

  private newUrn(goal: UrnGoal): string {
    if (goal.parent && !this.urns.has(goal.parent)) throw new Error(`could not find parent resource ${goal.parent}`);
    const urn = this.urnOf(goal);
    if (this.urns.has(urn)) {
      this.report(urn, `Duplicate resource URN '${urn}'; try giving it a unique name`);
      throw new Invalid();
    }
    this.urns.add(urn);
    return urn;
  }

  private findOld(urn: string, goal: Pick<Goal, "type" | "name" | "parent" | "aliases">): ResourceState | undefined {
    const former = formerUrns(goal, { ...this.pass, renamed: this.renamed });
    for (const known of [urn, ...former]) {
      const old = this.pass.snapshot.find(known);
      if (!old) continue;
      if (known !== urn) {
        if (this.urns.has(known)) throw new NotCovered(`two resources that claim the URN ${known}`);
        this.renamed.set(urn, known);
        this.pass.snapshot.rename(known, urn);
        this.urns.add(known);
      }
      return old;
    }
    return undefined;
  }

  private isTargeted(state: ResourceState): boolean {
    const { targets } = this.pass;
    return !targets || targets.has(state.urn) || isProviderType(state.type) || state.type === rootStackType;
  }

  private leaveAlone(parts: Parts, answer: Answer): Step[] {
    const { old, next } = parts;
    if (old) {
      const kept = { ...old };
      return [sameStep({ ...parts, old, next: kept, answer: () => answer(kept) })];
    }
    this.skipped.add(next.urn);
    return [skippedCreateStep({ ...parts, answer: () => answer(next, true) })];
  }

  private refuseSkippedDependencies(next: ResourceState): void {
    const missing = [...dependencyUrns(next), next.parent].filter((urn) => this.skipped.has(urn));
    for (const urn of missing) {
      this.report(next.urn, `Resource '${next.urn}' depends on '${urn}' which was was not specified in --target list.`);
    }
    if (missing.length > 0) throw new Invalid();
  }

  private report(urn: string, message: string): void {
    this.pass.recorder.log("error", message, { urn });
  }
}

interface Parts {
  readonly pass: Pass;
  readonly old?: ResourceState;
  readonly next: ResourceState;
  readonly answer: () => void;
}

function shown(value: Value | undefined): string {
  if (isSecret(value)) return "[secret]";
  return typeof value === "string" ? value : value === undefined ? "<nil>" : JSON.stringify(value);
}
