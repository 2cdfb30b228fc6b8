// Opens a stack on the Pulumi CLI.
import { findPulumi } from "./find-pulumi.js";
import { StackDriver } from "./stack-driver.js";
import type { StackOptions } from "./stack-driver.js";

/** Makes the stack when `stateDir` does not hold it yet. @throws an Error with the way out where there is no CLI */
export async function openStack(options: StackOptions): Promise<StackDriver> {
  const stack = new StackDriver(await findPulumi(), options);
  await stack.prepare();
  return stack;
}
