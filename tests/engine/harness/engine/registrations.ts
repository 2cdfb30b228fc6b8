// Takes the program's registrations one at a time (check and diff are strictly serial) and lets their steps run beside each other.
import type { Goal, ReadGoal } from "./goal.js";
import { Invalid } from "./invalid.js";
import type { Generator, UrnGoal } from "./generator.js";
import { ShutDown } from "./grpc.js";
import type { NotCovered } from "./not-covered.js";
import type { Registrar } from "./monitor.js";
import type { Pass } from "./pass.js";
import { isProviderType, packageOf } from "./resource.js";
import type { ResourceState } from "./resource.js";
import type { Step } from "./steps.js";
import type { Workers } from "./workers.js";
import { isDefaultProvider, rootStackType, typeOf } from "../urn.js";
import type { Props } from "./values.js";

export interface RegistrationsParts {
  readonly pass: Pass;
  readonly generator: Generator;
  readonly workers: Workers;
  /** Inputs of the default provider of a package. */
  readonly defaultConfig: (packageName: string) => Props;
}

export class Registrations implements Registrar {
  private queue: Promise<unknown> = Promise.resolve();
  private readonly waiting = new Set<(error: Error) => void>();
  private readonly defaults = new Map<string, Promise<string>>();
  private readonly goals = new Map<string, Goal>();
  private readonly states = new Map<string, ResourceState>();
  private stackOutputs: Props | undefined;

  constructor(private readonly parts: RegistrationsParts) {}

  async register(asked: Goal): Promise<{ state: ResourceState; unknown: boolean }> {
    const goal = await this.withProvider(this.inherit(asked));
    const told = await this.enqueue<{ state: ResourceState; unknown: boolean }>(goal, (done) =>
      this.parts.generator.register(goal, (state, unknown = false) => done({ state, unknown })),
    );
    this.goals.set(told.state.urn, goal);
    return told;
  }

  async read(asked: ReadGoal): Promise<ResourceState> {
    const provider = asked.provider || (await this.defaultProvider(packageOf(asked.type)));
    const goal = { ...asked, provider };
    return this.enqueue<ResourceState>(goal, (done) => this.parts.generator.read(goal, done));
  }

  /** The stack's own outputs wait for the end: a failed operation keeps those that it did not renew. */
  async registerOutputs(urn: string, outputs: Props): Promise<void> {
    if (typeOf(urn) === rootStackType) {
      this.stackOutputs = outputs;
      return;
    }
    const state = this.states.get(urn);
    if (!state) throw new Error(`cannot complete a resource '${urn}' whose registration isn't pending`);
    this.states.delete(urn);
    state.outputs = outputs;
    if (!this.parts.pass.dryRun) this.parts.pass.snapshot.save();
  }

  refuse(error: NotCovered): void {
    this.fail(error);
  }

  /** Waits for all that the program asked for so far. */
  async settled(): Promise<void> {
    await this.queue;
    await this.parts.workers.drain();
  }

  /** Whoever still waits is told that the engine is gone. */
  abandon(): void {
    for (const reject of this.waiting) reject(new ShutDown());
    this.waiting.clear();
  }

  finishStack(failed: boolean): void {
    const stack = [...this.states.values()].find((state) => state.type === rootStackType);
    if (!stack || !this.stackOutputs) return;
    const before = failed ? (this.parts.pass.snapshot.find(stack.urn)?.outputs ?? {}) : {};
    stack.outputs = { ...before, ...this.stackOutputs };
    if (!this.parts.pass.dryRun) this.parts.pass.snapshot.save();
  }

  private enqueue<Told>(about: UrnGoal, generate: (done: (told: Told) => void) => Promise<Step[]>): Promise<Told> {
    return new Promise<Told>((resolve, reject) => {
      this.waiting.add(reject);
      const done = (told: Told) => {
        this.waiting.delete(reject);
        resolve(told);
      };
      this.queue = this.queue.then(async () => {
        if (this.parts.pass.halt.signal.aborted) return reject(new ShutDown());
        try {
          const steps = await generate(done);
          for (const step of steps) if (step.next && step.logical) this.states.set(step.next.urn, step.next);
          if (!this.parts.pass.halt.signal.aborted) await this.parts.workers.start(steps);
        } catch (error) {
          this.fail(error, this.parts.generator.urnOf(about));
        }
      });
    });
  }

  private fail(error: unknown, urn?: string): void {
    if (!(error instanceof Invalid)) {
      const message = error instanceof Error ? error.message : String(error);
      this.parts.pass.recorder.log("error", message, urn && !isDefaultProvider(urn) ? { urn } : {});
    }
    this.parts.pass.halt.abort();
  }

  /** What a child has from its parent when it does not say. */
  private inherit(goal: Goal): Goal {
    const parent = this.goals.get(goal.parent);
    if (!parent) return goal;
    const provider = goal.provider || parent.providers[packageOf(goal.type)] || ownPackage(parent, goal);
    return {
      ...goal,
      provider,
      providers: goal.custom ? goal.providers : { ...parent.providers, ...goal.providers },
      protect: goal.protect ?? parent.protect,
      retainOnDelete: goal.retainOnDelete ?? parent.retainOnDelete,
    };
  }

  private async withProvider(goal: Goal): Promise<Goal> {
    if (!goal.custom || isProviderType(goal.type)) return { ...goal, provider: "" };
    const stated = goal.provider || goal.providers[packageOf(goal.type)];
    return { ...goal, provider: stated || (await this.defaultProvider(packageOf(goal.type))) };
  }

  /** Made on first need, like any resource but without the program's asking. */
  private defaultProvider(packageName: string): Promise<string> {
    const made = this.defaults.get(packageName) ?? this.makeDefault(packageName);
    this.defaults.set(packageName, made);
    return made;
  }

  private async makeDefault(packageName: string): Promise<string> {
    const inputs = this.parts.defaultConfig(packageName);
    const goal: Goal = {
      type: `pulumi:providers:${packageName}`,
      name: "default",
      custom: true,
      parent: "",
      inputs,
      provider: "",
      providers: {},
      dependencies: [],
      propertyDependencies: {},
      ignoreChanges: [],
      hideDiff: [],
      additionalSecretOutputs: [],
      aliases: [],
    };
    const { state } = await this.register(goal);
    return `${state.urn}::${state.id}`;
  }
}

function ownPackage(parent: Goal, goal: Goal): string {
  const fits = !goal.custom || parent.provider.includes(`::pulumi:providers:${packageOf(goal.type)}::`);
  return fits ? parent.provider : "";
}
