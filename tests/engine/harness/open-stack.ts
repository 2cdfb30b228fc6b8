// Opens a stack on the real CLI or on the test engine.
import { openCliStack } from "./cli/driver.js";
import { openTestStack } from "./engine/stack.js";
import { findPulumi } from "./find-pulumi.js";
import type { StackOptions } from "./options.js";
import { searched } from "./searched.js";
import type { StackDriver } from "./stack-driver.js";

export interface OpenStackOptions extends StackOptions {
  /** `auto` is the real CLI where there is one, else the test engine. @default "auto" */
  readonly engine?: "auto" | "test" | "pulumi";
}

/** Every operation is searched for credentials (searched.ts). Makes the stack when `stateDir` does not hold it yet. Throws when `engine` is `pulumi` and no CLI is found. */
export async function openStack(options: OpenStackOptions): Promise<StackDriver> {
  return searched(await open(options), options.stateDir);
}

async function open(options: OpenStackOptions): Promise<StackDriver> {
  const engine = options.engine ?? "auto";
  const pulumi = engine === "test" ? undefined : findPulumi();
  if (pulumi) return openCliStack(pulumi, options);
  if (engine === "pulumi") throw new Error("no pulumi on PATH or in the cache; install it or use the test engine");
  return openTestStack(options);
}
