/** A stack of examples/quickstart on the members of a test or of the demo. */
import * as path from "node:path";
import { openStack, type StackDriver, type StackOptions } from "../engine/harness/index";

export interface QuickstartOptions extends Omit<StackOptions, "projectDir" | "stack"> {
  /** Contents of the kubeconfigs. */
  readonly kubeconfigs: { readonly member1: string; readonly member2: string };
}

export const quickstartDir = path.join(__dirname, "../../examples/quickstart");

/** Stack `dev`, configured as the quickstart's README says, with the kubeconfigs as secrets. */
export async function openQuickstart({ kubeconfigs, ...options }: QuickstartOptions): Promise<StackDriver> {
  const stack = await openStack({ ...options, projectDir: quickstartDir, stack: "dev" });
  await stack.setConfig("mcs:member1Kubeconfig", kubeconfigs.member1, true);
  await stack.setConfig("mcs:member2Kubeconfig", kubeconfigs.member2, true);
  return stack;
}
