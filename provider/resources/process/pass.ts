/**
 * What the engine does with this process: the protocol does not tell `read`, which repairs in a refresh and must not write in a preview.
 * `read` may write only where it is proved here that this is the pass in earnest; what is not known is not allowed.
 */
import { isSet, readCommandLine } from "./cli-flags";
import { engineAbove, proc, type Engine, type NoEngine, type Processes } from "./engine-process";
import { whichPass } from "./first-pass";

export type Pass =
  /** Of `pulumi refresh` or `pulumi up`, in earnest. */
  | { readonly is: "real" }
  /** Nothing may be written, whatever is called. */
  | { readonly is: "preview" }
  /** Of `pulumi destroy`: what is about to go is not repaired. */
  | { readonly is: "removal" }
  /** `why` ends the sentence "it is not known whether this is a preview, because …". */
  | { readonly is: "unproved"; readonly why: string };

export interface Surroundings {
  readonly processes?: Processes;
  /** Our own. */
  readonly pid?: number;
  /** Of the engine's service. @default our last argument, as of every plugin */
  readonly address?: string;
  /** Our own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly folder?: string;
}

/**
 * With the value "reconcile": whoever runs the command vouches for it that no pass of it is a preview. Heard only where nothing is proved,
 * so that it cannot turn what is known to be a preview into anything else.
 */
export const VOUCHED = "PULUMI_MCS_REFRESH";

export function currentPass(surroundings: Surroundings = {}): Pass {
  const { env = process.env } = surroundings;
  const pass = proved(surroundings);
  return pass.is === "unproved" && env[VOUCHED] === "reconcile" ? { is: "real" } : pass;
}

function proved(surroundings: Surroundings): Pass {
  const engine = engineOf(surroundings);
  if ("why" in engine) return unproved(engine.why);
  const { env, lifetime } = engine;
  const line = readCommandLine(engine.args);
  const { command = "", unknown } = line;
  if (PREVIEWS.includes(command)) return { is: "preview" };
  if (REMOVALS.includes(command)) return { is: "removal" };
  if (unknown !== undefined) return unproved(`this package does not know ${unknown} of pulumi`);
  if (![...REFRESHES, ...UPDATES].includes(command)) {
    return unproved(`this package does not know what pulumi ${command} does`);
  }
  const only = REFRESHES.includes(command) ? isSet("preview-only", line, env) : false;
  const skips = isSet("skip-preview", line, env);
  if (only === undefined || skips === undefined) {
    return unproved(`--${only === undefined ? "preview-only" : "skip-preview"} is neither true nor false`);
  }
  if (only) return { is: "preview" };
  if (skips) return { is: "real" };
  const { processes = proc, address = process.argv.at(-1) ?? "", folder } = surroundings;
  const pass = whichPass({ lifetime, address, processes, folder });
  if (pass === undefined) return unproved("its passes can leave no word for each other in the temporary folder");
  return { is: pass === "first" ? "preview" : "real" };
}

/**
 * A flag of the engine's command that is true or false, e.g. "continue-on-error", with what the environment makes of it. Undefined where that
 * is not known.
 */
export function engineFlag(name: string, surroundings: Surroundings = {}): boolean | undefined {
  const engine = engineOf(surroundings);
  if ("why" in engine) return undefined;
  const line = readCommandLine(engine.args);
  return line.unknown === undefined ? isSet(name, line, engine.env) : undefined;
}

function engineOf({
  processes = proc,
  pid = process.pid,
  address = process.argv.at(-1) ?? "",
}: Surroundings): Engine | NoEngine {
  if (!/^[\w.[\]:-]+:\d+$/.test(address)) return { why: "no engine started this process" };
  return engineAbove(pid, address, processes);
}

/** As the CLI names its commands, with their aliases. */
const PREVIEWS: readonly string[] = ["preview", "pre"];
const REMOVALS: readonly string[] = ["destroy", "down", "dn"];
const REFRESHES: readonly string[] = ["refresh"];
const UPDATES: readonly string[] = ["up", "update"];

function unproved(why: string): Pass {
  return { is: "unproved", why };
}
