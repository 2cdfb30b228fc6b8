// The kinds of step: what each does, what it leaves in the state, and whom it answers.
import type { StepOp } from "../stack-driver.js";
import { providerOf, subjectOf } from "./pass.js";
import type { Pass } from "./pass.js";
import type { Provider } from "./provider.js";
import { PartialFailure } from "./provider.js";
import type { ResourceState } from "./resource.js";
import { isProviderType } from "./resource.js";

export interface Step {
  readonly op: StepOp;
  /** Before the step; absent for what is new. */
  readonly old?: ResourceState;
  /** After the step; absent for what is deleted. */
  readonly next?: ResourceState;
  /** Counted, and open to outputs that a component registers later. */
  readonly logical: boolean;
  /** Does it, and fills `next`. */
  apply(): Promise<void>;
  /** What it changes in the state; `ok` also for a partial failure. */
  settle(ok: boolean): void;
  /** Tells the registration that waits for it. */
  answer?(): void;
}

export interface StepParts {
  readonly pass: Pass;
  readonly old?: ResourceState;
  readonly next: ResourceState;
  readonly answer: () => void;
}

const now = () => new Date().toISOString();

/** The outputs stay as they are, whatever the inputs became. */
export function sameStep({ pass, old, next, answer }: StepParts & { old: ResourceState }): Step {
  const { snapshot } = pass;
  return {
    op: "same",
    old,
    next,
    logical: true,
    async apply() {
      next.id = old.id;
      next.outputs = old.outputs;
      next.created = old.created;
      next.modified = old.modified;
      if (isProviderType(next.type)) pass.providers.same({ ...next, inputs: old.inputs });
    },
    settle(ok) {
      if (!ok) return;
      snapshot.markDone(old);
      snapshot.add(next);
    },
    answer,
  };
}

/** Not targeted and not there: left out. The program goes on with unknown outputs. */
export function skippedCreateStep({ next, answer }: StepParts): Step {
  return { op: "same", next, logical: true, async apply() {}, settle() {}, answer };
}

/** @param replacing with `pendingDelete` the old one is deleted at the end; without, it was deleted before */
export function createStep(parts: StepParts, replacing?: { readonly pendingDelete: boolean }): Step {
  const { pass, old, next, answer } = parts;
  return {
    op: replacing ? "create-replacement" : "create",
    old,
    next,
    logical: !replacing,
    async apply() {
      const made = await orPartly(next, providerOf(pass, next)?.create(next.urn, next.inputs, pass.dryRun));
      if (made) [next.id, next.outputs] = [made.id ?? "", made.outputs];
      next.created = next.modified = now();
      if (old && replacing?.pendingDelete) old.delete = true;
      if (made?.failure) throw made.failure;
    },
    settle(ok) {
      if (!ok) return;
      pass.snapshot.add(next);
      if (old?.pendingReplacement) pass.snapshot.markDone(old);
    },
    answer,
  };
}

/** Only tells that a replacement took place. */
export function replaceStep({ old, next }: StepParts): Step {
  return { op: "replace", old, next, logical: true, async apply() {}, settle() {} };
}

export function updateStep({ pass, old, next, answer }: StepParts & { old: ResourceState }): Step {
  return {
    op: "update",
    old,
    next,
    logical: true,
    async apply() {
      next.id = old.id;
      next.created = old.created;
      next.modified = old.modified;
      const provider = providerOf(pass, next);
      if (!provider) return;
      const made = await orPartly(next, provider.update(subjectOf(old), next.inputs, pass.dryRun));
      next.outputs = made?.outputs ?? {};
      next.modified = now();
      if (!made?.failure) return;
      // Else the next diff would find nothing left to do.
      next.inputs = old.inputs;
      throw made.failure;
    },
    settle(ok) {
      if (!ok) return;
      pass.snapshot.markDone(old);
      pass.snapshot.add(next);
    },
    answer,
  };
}

/** @param replacing before its replacement is created (`pending`), or after (`replaced`); absent for a plain deletion */
export function deleteStep(pass: Pass, old: ResourceState, replacing?: "pending" | "replaced"): Step {
  const discarded = replacing ? "discard-replaced" : "discard";
  return {
    op: old.external ? discarded : replacing ? "delete-replaced" : "delete",
    old,
    logical: !replacing,
    async apply() {
      if (old.protect && !replacing) throw new Protected(old.urn);
      if (!pass.dryRun && old.custom && !old.external && !old.retainOnDelete) {
        await providerOf(pass, old)?.delete(subjectOf(old));
      }
      if (replacing === "pending") old.pendingReplacement = true;
    },
    settle(ok) {
      if (ok && !old.pendingReplacement) pass.snapshot.markDone(old);
    },
  };
}

/** An earlier operation deleted it for a replacement that never came, and now the program has it no more. */
export function forgetStep(pass: Pass, old: ResourceState): Step {
  return {
    op: "remove-pending-replace",
    old,
    logical: false,
    async apply() {},
    settle: () => pass.snapshot.markDone(old),
  };
}

/** Looks at what the program did not make. */
export function readStep({ pass, old, next, answer }: StepParts): Step {
  return {
    op: "read",
    old,
    next,
    logical: true,
    async apply() {
      const found = await (providerOf(pass, next) as Provider).read({ ...subjectOf(next), oldOutputs: next.inputs });
      if (found.id === "") throw new Error(`resource '${next.id}' does not exist`);
      next.outputs = found.outputs;
      next.id = found.id;
    },
    settle(ok) {
      if (!ok) return;
      pass.snapshot.markDone(old);
      pass.snapshot.add(next);
    },
    answer,
  };
}

/** A partial failure is a result with an error to throw once the state has taken it in. */
async function orPartly<Made extends { id?: string; outputs: ResourceState["outputs"] }>(
  next: ResourceState,
  made: Promise<Made> | undefined,
) {
  if (!made) return undefined;
  try {
    return { failure: undefined, id: undefined, ...(await made) };
  } catch (error) {
    if (!(error instanceof PartialFailure)) throw error;
    next.initErrors = error.reasons;
    return { failure: error, id: error.id, outputs: error.outputs };
  }
}

/** The resource is marked so that it is not deleted by accident. */
export class Protected extends Error {
  override readonly name = "Protected";

  constructor(urn: string) {
    super(
      `resource "${urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, either remove the ` +
        "`protect` flag from the resource in your Pulumi program and run `pulumi up`, or use the command:\n" +
        `\`pulumi state unprotect '${urn}'\``,
    );
  }
}
