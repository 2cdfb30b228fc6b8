// The environment of a CLI that knows nothing of the person's own Pulumi: no login, no plugins fetched, no update check.
import { mkdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { FoundPulumi } from "./find-pulumi.js";

/** Encrypts secrets in test and demo stacks; a `PULUMI_CONFIG_PASSPHRASE` in `extra` takes its place. */
const defaultPassphrase = "correct horse battery staple";

/** Makes the folders of backend and home. @param extra comes last */
export function environment(
  pulumi: FoundPulumi,
  stateDir: string,
  extra: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  for (const folder of ["backend", "home"]) mkdirSync(join(stateDir, folder), { recursive: true });
  const own = Object.entries(process.env).filter(([key]) => !key.startsWith("PULUMI_"));
  return {
    ...Object.fromEntries(own),
    // Program and provider must run on this Node, and the CLI finds `node` and its own plugins by PATH.
    PATH: [dirname(process.execPath), dirname(pulumi.path), process.env.PATH ?? ""].join(delimiter),
    PULUMI_BACKEND_URL: `file://${join(stateDir, "backend")}`,
    PULUMI_HOME: join(stateDir, "home"),
    PULUMI_CONFIG_PASSPHRASE: defaultPassphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // --event-log is one of its debug flags.
    PULUMI_DEBUG_COMMANDS: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DIY_BACKEND_NO_LEGACY_WARNING: "true",
    NO_COLOR: "1",
    ...extra,
  };
}
