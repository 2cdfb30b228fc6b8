/** What `@pulumi/pulumi/cmd/run` is told of an operation: by arguments, and the configuration by the environment. */
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb";
import type { RuntimeOptions } from "./runtime-options";

/** Flags, the program's entry point and its own arguments. Options without a value are left out. */
export function programArguments(request: RunRequest, engineAddress: string): string[] {
  const info = request.getInfo();
  const flags: readonly (readonly [string, string | undefined])[] = [
    ["monitor", request.getMonitorAddress()],
    ["engine", engineAddress],
    ["organization", request.getOrganization()],
    ["project", request.getProject()],
    ["root-directory", info?.getRootDirectory()],
    ["stack", request.getStack()],
    ["pwd", info?.getProgramDirectory()],
    ["parallel", String(request.getParallel())],
  ];
  return [
    ...flags.flatMap(([name, value]) => (value ? [`--${name}`, value] : [])),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info?.getEntryPoint() || ".",
    ...request.getArgsList(),
  ];
}

export function environmentOf(request: RunRequest, options: RuntimeOptions): NodeJS.ProcessEnv {
  const config = request.getConfigMap().getEntryList();
  return {
    ...process.env,
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(config.map(([key, value]) => [olderKey(key), value]))),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    ...(options.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
    ...(options.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
  };
}

/** `namespace:config:name`, which SDKs of every age read. */
function olderKey(key: string): string {
  const [namespace = "", ...name] = key.split(":");
  return [namespace, "config", ...(name[0] === "config" ? name.slice(1) : name)].join(":");
}
