/** A stack of examples/quickstart on the members of a test or of the demo. */
import * as path from "node:path";
import { installPlugin, yamlPath } from "../engine/plugin-stack";
import { openStack, type StackDriver, type StackOptions } from "../engine/harness/index";

export interface QuickstartOptions extends Omit<StackOptions, "projectDir" | "stack"> {
  /** Contents of the kubeconfigs. */
  readonly kubeconfigs: { readonly member1: string; readonly member2: string };
  /** @default "typescript" */
  readonly language?: Language;
}

/** Of the program: with "yaml" the plugin serves it. */
export type Language = "typescript" | "yaml";

export const quickstartDir = path.join(__dirname, "../../examples/quickstart");
/** Its program. */
export const programs: Readonly<Record<Language, string>> = {
  typescript: path.join(quickstartDir, "index.ts"),
  yaml: path.join(`${quickstartDir}-yaml`, "Pulumi.yaml"),
};

/** Stack `dev`, configured as the quickstart's README says, with the kubeconfigs as secrets. */
export async function openQuickstart({
  kubeconfigs,
  language = "typescript",
  ...options
}: QuickstartOptions): Promise<StackDriver> {
  const isYaml = language === "yaml";
  const env = { ...(isYaml && { PATH: await yamlPath() }), ...options.env };
  const stack = await openStack({ ...options, env, projectDir: path.dirname(programs[language]), stack: "dev" });
  if (isYaml) await installPlugin(stack);
  const prefix = isYaml ? "" : "mcs:";
  await stack.setConfig(`${prefix}member1Kubeconfig`, kubeconfigs.member1, true);
  await stack.setConfig(`${prefix}member2Kubeconfig`, kubeconfigs.member2, true);
  return stack;
}
