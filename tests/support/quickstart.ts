/** A stack of the quickstart in one of its languages, on the members of a test or of the demo. */
import * as path from "node:path";
import { installPlugin, yamlPath } from "../engine/plugin-stack";
import { openStack, type StackDriver, type StackOptions } from "../engine/harness/index";
import { type Progress, silent } from "../parts/progress";
import { compileGoProject } from "../pulumi/find-go";
import { findPythonPackages } from "../pulumi/find-python";

/** Of the program: with any but "typescript" the plugin serves it. */
export type Language = "typescript" | "yaml" | "python" | "go";

export const quickstartDir = path.join(__dirname, "../../examples/quickstart");
/** Its program. */
export const programs: Readonly<Record<Language, string>> = {
  typescript: path.join(quickstartDir, "index.ts"),
  yaml: path.join(`${quickstartDir}-yaml`, "Pulumi.yaml"),
  python: path.join(`${quickstartDir}-python`, "__main__.py"),
  go: path.join(`${quickstartDir}-go`, "main.go"),
};

/** A program that can be run here, and how. */
export interface Quickstart extends Pick<StackOptions, "projectDir" | "env"> {
  readonly language: Language;
}

type Preparing = (folder: string, progress: Progress) => Promise<Omit<Quickstart, "language">>;

const preparing: Readonly<Record<Language, Preparing>> = {
  typescript: async () => ({ projectDir: quickstartDir }),
  yaml: async () => ({ projectDir: path.dirname(programs.yaml), env: { PATH: await yamlPath() } }),
  python: async (_folder, progress) => ({
    projectDir: path.dirname(programs.python),
    // Nothing is written beside the program.
    env: { PYTHONPATH: await findPythonPackages({ progress }), PYTHONDONTWRITEBYTECODE: "1" },
  }),
  go: async (folder, progress) => {
    const projectDir = path.join(folder, "program");
    await compileGoProject(path.dirname(programs.go), projectDir, { progress });
    return { projectDir };
  },
};

/**
 * Gets what the language needs, which takes minutes the first time.
 * @param folder for what is made of it, e.g. the state folder of its stack
 * @throws an Error that says what cannot be had here
 */
export async function prepareQuickstart(
  language: Language,
  folder: string,
  progress: Progress = silent,
): Promise<Quickstart> {
  return { language, ...(await preparing[language](folder, progress)) };
}

export interface QuickstartOptions extends Omit<StackOptions, "projectDir" | "stack" | "env"> {
  /** Contents of the kubeconfigs. */
  readonly kubeconfigs: { readonly member1: string; readonly member2: string };
  /** @default that in TypeScript */
  readonly quickstart?: Quickstart;
  /** Archive of the plugin. @default the one for people who have Node */
  readonly plugin?: string;
}

/** Stack `dev`, configured as the quickstart's README says, with the kubeconfigs as secrets. */
export async function openQuickstart({
  kubeconfigs,
  quickstart = { language: "typescript", projectDir: quickstartDir },
  plugin,
  ...options
}: QuickstartOptions): Promise<StackDriver> {
  const { language, ...program } = quickstart;
  const stack = await openStack({ ...options, ...program, stack: "dev" });
  const isTypeScript = language === "typescript";
  if (!isTypeScript) await installPlugin(stack, plugin);
  const prefix = isTypeScript ? "mcs:" : "";
  await stack.setConfig(`${prefix}member1Kubeconfig`, kubeconfigs.member1, true);
  await stack.setConfig(`${prefix}member2Kubeconfig`, kubeconfigs.member2, true);
  return stack;
}
