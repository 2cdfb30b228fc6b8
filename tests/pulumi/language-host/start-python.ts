/** A Python program, by run_program.py: the part of the official host that runs in Python is in no package. */
import * as path from "node:path";
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { operationEnvironment } from "./operation-environment";
import type { Engine, Start } from "./start";

/** Beside the host, whether bundled or not. */
export const PYTHON_RUNNER = "run_program.py";

/** The Python of PATH; of the option `virtualenv` where the project has one. */
export function startPython(request: RunRequest, { address }: Engine): Start {
  const info = request.getInfo();
  const { virtualenv } = info?.getOptions()?.toJavaScript() ?? {};
  if (virtualenv !== undefined && typeof virtualenv !== "string") throw new Error("virtualenv option must be a string");
  return {
    command: virtualenv ? path.resolve(info?.getRootDirectory() ?? ".", virtualenv, "bin/python") : "python3",
    // Unbuffered: what it prints is shown when it does.
    args: ["-u", path.join(__dirname, PYTHON_RUNNER), info?.getEntryPoint() || "."],
    env: operationEnvironment(request, address),
    cwd: info?.getProgramDirectory() ?? ".",
  };
}
