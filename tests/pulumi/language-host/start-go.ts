/** A Go program that is compiled already. */
import * as path from "node:path";
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { operationEnvironment } from "./operation-environment";
import type { Engine, Start } from "./start";

/** By the option `binary`; the official host compiles where there is none. */
export function startGo(request: RunRequest, { address }: Engine): Start {
  const info = request.getInfo();
  const { binary } = info?.getOptions()?.toJavaScript() ?? {};
  if (typeof binary !== "string") throw new Error("binary option must be a string: this host compiles nothing");
  return {
    command: path.resolve(info?.getRootDirectory() ?? ".", binary),
    args: [],
    env: operationEnvironment(request, address),
    cwd: info?.getProgramDirectory() ?? ".",
  };
}
