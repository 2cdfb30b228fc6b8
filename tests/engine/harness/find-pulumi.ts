// The harness's one question for the engine: which Pulumi CLI, with its language host and the launcher of dynamic providers.
import type { Cli } from "../../pulumi/cli";
import { findPulumi as find } from "../../pulumi/find";

export type FoundPulumi = Pick<Cli, "path" | "version">;

/** Asked once a process: what was found stays found. @throws an Error that names every way tried, where there is none */
export function findPulumi(): Promise<FoundPulumi> {
  return (found ??= find());
}

let found: Promise<FoundPulumi> | undefined;
