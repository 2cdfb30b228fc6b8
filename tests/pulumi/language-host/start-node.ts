/** A Node program, by the SDK that it finds itself. */
import { createRequire } from "node:module";
import * as path from "node:path";
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { environmentOf, programArguments } from "./arguments";
import { runtimeOptions } from "./runtime-options";
import type { Engine, Start } from "./start";

export function startNode(request: RunRequest, { address }: Engine): Start {
  const info = request.getInfo();
  const options = runtimeOptions(info?.getOptions()?.toJavaScript() ?? {});
  const run = locate("@pulumi/pulumi/cmd/run", info?.getProgramDirectory() ?? ".");
  const args = [...options.nodeArguments, run, ...programArguments(request, address)];
  return { command: "node", args, env: environmentOf(request, options) };
}

/** Where the program itself would find it. */
function locate(module: string, directory: string): string {
  try {
    return createRequire(path.join(directory, "package.json")).resolve(module);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw new Error("It looks like the Pulumi SDK has not been installed. Have you run pulumi install?", {
      cause: error,
    });
  }
}
