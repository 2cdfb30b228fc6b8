// Runs the user's program in the SDK's own runner, as the language plugin does.
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Project } from "../project.js";
import { startNode } from "./child-process.js";
import type { RunningChild } from "./child-process.js";
import type { ConfigValues } from "./config.js";
import { parallelism } from "./workers.js";

export interface ProgramRun {
  readonly project: Project;
  readonly stack: string;
  readonly config: ConfigValues;
  readonly dryRun: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `host:port` of both the monitor and the engine. */
  readonly address: string;
  readonly onOutput: (severity: "info" | "info#err", line: string) => void;
}

/** The exit code with which the runner says that it already told the person what is wrong. */
export const toldAlready = 32;

export function startProgram(run: ProgramRun): RunningChild {
  const { project, config } = run;
  const script = createRequire(join(project.programDirectory, "Pulumi.yaml")).resolve("@pulumi/pulumi/cmd/run");
  return startNode({
    script,
    nodeArguments: project.nodeArguments,
    args: [
      ...["--monitor", run.address],
      ...["--engine", run.address],
      ...["--organization", "organization"],
      ...["--project", project.name],
      ...["--root-directory", project.root],
      ...["--stack", run.stack],
      ...["--pwd", project.programDirectory],
      ...(run.dryRun ? ["--dry-run"] : []),
      ...["--parallel", String(parallelism)],
      project.entryPoint,
    ],
    cwd: project.programDirectory,
    env: {
      ...run.env,
      PULUMI_CONFIG: JSON.stringify(config.clear),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(config.secretKeys),
      ...(project.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
      ...(project.tsconfig ? { PULUMI_NODEJS_TSCONFIG_PATH: project.tsconfig } : {}),
    },
    onStdout: (line) => run.onOutput("info", line),
    onStderr: (line) => run.onOutput("info#err", line),
  });
}
