// Contents of the harness: stacks on the Pulumi CLI.
export { findPulumi } from "./find-pulumi.js";
export type { FoundPulumi } from "./find-pulumi.js";
export { openStack } from "./open-stack.js";
export type { ExportedResource, ExportedState } from "./exported-state.js";
export type { OperationOptions } from "./operation-options.js";
export type { Log, OperationResult, Step } from "./operation-result.js";
export type { StackDriver, StackOptions } from "./stack-driver.js";

/** What a test may take, in milliseconds: an operation starts three processes and more, and a busy machine is no failure. */
export const patienceMs = 600_000;
