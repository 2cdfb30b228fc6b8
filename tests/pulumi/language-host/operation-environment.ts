/** What a program of Go or Python is told of an operation: all of it by the environment, under the names that Go's SDK reads. */
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb";

/** @param engine `host:port`, which programs log to */
export function operationEnvironment(request: RunRequest, engine: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PULUMI_ORGANIZATION: request.getOrganization(),
    PULUMI_PROJECT: request.getProject(),
    PULUMI_ROOT_DIRECTORY: request.getInfo()?.getRootDirectory() ?? "",
    PULUMI_STACK: request.getStack(),
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().getEntryList())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    PULUMI_PARALLEL: String(request.getParallel()),
    PULUMI_DRY_RUN: String(request.getDryrun()),
    PULUMI_MONITOR: request.getMonitorAddress(),
    PULUMI_ENGINE: engine,
  };
}
