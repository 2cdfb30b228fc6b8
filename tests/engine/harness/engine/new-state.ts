// A record as a goal describes it, before any step has filled in id and outputs.
import type { Goal, ReadGoal } from "./goal.js";
import type { ResourceState } from "./resource.js";

export function stateOfGoal(goal: Goal, urn: string): ResourceState {
  return {
    urn,
    custom: goal.custom,
    id: "",
    type: goal.type,
    inputs: goal.inputs,
    outputs: {},
    parent: goal.parent,
    protect: goal.protect ?? false,
    external: false,
    dependencies: goal.dependencies,
    initErrors: [],
    provider: goal.provider,
    propertyDependencies: goal.propertyDependencies,
    pendingReplacement: false,
    delete: false,
    additionalSecretOutputs: goal.additionalSecretOutputs,
    retainOnDelete: goal.retainOnDelete ?? false,
    ignoreChanges: goal.ignoreChanges,
    hideDiff: goal.hideDiff,
  };
}

export function stateOfRead(goal: ReadGoal, urn: string): ResourceState {
  return {
    ...stateOfGoal(
      { ...goal, custom: true, providers: {}, propertyDependencies: {}, ignoreChanges: [], hideDiff: [], aliases: [] },
      urn,
    ),
    id: goal.id,
    external: true,
  };
}
