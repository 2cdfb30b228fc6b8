/**
 * Pulumi's command line, read as the CLI reads it: by the rules of its flag library (spf13/pflag), and by the flags that `up` and `refresh`
 * have (3.274; tests/engine/cli-flags.test.ts compares them with the CLI in use). What is not in the table is not guessed at.
 */

export interface CommandLine {
  /** The first word, e.g. "refresh"; undefined where there is none, or none can be made out. */
  readonly command?: string;
  /** Flag → its last value; "true" for one that was given without. */
  readonly flags: ReadonlyMap<string, string>;
  /** What is not understood, e.g. "the flag --later": all that follows it may mean anything. */
  readonly unknown?: string;
}

/** `needs`: its value is the next argument, or follows "=". `may`: a value only after "=". */
type Kind = "needs" | "may";

function kinds(kind: Kind, names: string): readonly (readonly [string, Kind])[] {
  return names.split(/\s+/).map((name) => [name, kind] as const);
}

/** Of every command. */
const ROOT: ReadonlyMap<string, Kind> = new Map([
  ...kinds("needs", "color cwd memprofilerate otel-traces profiling tracing tracing-header verbose"),
  ...kinds("may", "disable-integrity-checking emoji fully-qualify-stack-names logflow logtostderr non-interactive"),
]);

/** Of `up` and `refresh`, and of every command. */
export const FLAGS: ReadonlyMap<string, Kind> = new Map([
  ...ROOT,
  ...kinds("needs", "client coherence-window config config-file event-log exclude exec-agent exec-kind message output"),
  ...kinds("needs", "import-pending-creates override-env parallel plan policy-pack policy-pack-config replace"),
  ...kinds("needs", "secrets-provider stack target target-replace"),
  ...kinds("may", "attach-debugger clear-pending-creates config-path continue-on-error copilot debug diff"),
  ...kinds("may", "exclude-dependents expect-no-changes ignore-protect json neo neo-task-on-failure preview-only"),
  ...kinds("may", "refresh run-program show-config show-full-output show-policy-exceptions show-policy-remediations"),
  ...kinds("may", "show-reads show-replacement-steps show-sames show-secrets skip-config-validation"),
  ...kinds("may", "skip-pending-creates skip-plugin-pre-install skip-preview strict suppress-outputs"),
  ...kinds("may", "suppress-permalink suppress-progress target-dependents urns yes"),
]);

export const SHORT: Readonly<Record<string, string>> = {
  C: "cwd",
  Q: "fully-qualify-stack-names",
  c: "config",
  d: "debug",
  e: "emoji",
  f: "skip-preview",
  j: "json",
  m: "message",
  p: "parallel",
  r: "refresh",
  s: "stack",
  t: "target",
  v: "verbose",
  x: "exclude",
  y: "yes",
};

/** @param args without the program */
export function readCommandLine(args: readonly string[]): CommandLine {
  // Flags of the command cannot stand before it: the CLI takes what follows them for their value.
  const { word, rest, ...root } = readFlags(args, ROOT, "first word");
  if (root.unknown !== undefined) return root;
  if (word === undefined) return { ...root, unknown: "a command line without a command" };
  const { flags, unknown } = readFlags(rest, FLAGS, "end");
  return { command: word, flags, ...(unknown !== undefined && { unknown }) };
}

interface Read extends Pick<CommandLine, "flags" | "unknown"> {
  readonly word?: string;
  readonly rest: readonly string[];
}

function readFlags(args: readonly string[], known: ReadonlyMap<string, Kind>, until: "first word" | "end"): Read {
  const flags = new Map<string, string>();
  const left = [...args];
  for (let arg = left.shift(); arg !== undefined; arg = left.shift()) {
    if (arg === "--") break;
    if (!arg.startsWith("-") || arg === "-") {
      if (until === "first word") return { flags, word: arg, rest: left };
      continue;
    }
    const wrong = arg.startsWith("--") ? long(arg, left, { known, flags }) : short(arg, left, { known, flags });
    if (wrong !== undefined) return { flags, rest: left, unknown: `the flag ${wrong}` };
  }
  return { flags, rest: left };
}

interface Table {
  readonly known: ReadonlyMap<string, Kind>;
  readonly flags: Map<string, string>;
}

/** Returns what is not understood, without a value: it may be a secret. */
function long(arg: string, left: string[], { known, flags }: Table): string | undefined {
  const [name = "", ...value] = arg.slice(2).split("=");
  const kind = known.get(name);
  if (kind === undefined) return `--${name}`;
  if (value.length > 0) flags.set(name, value.join("="));
  else if (kind === "may") flags.set(name, "true");
  else if (left.length === 0) return `--${name}`;
  else flags.set(name, left.shift()!);
  return undefined;
}

/** `-y`, `-yf`, `-f=false`, `-sdev`, `-s dev`. */
function short(arg: string, left: string[], { known, flags }: Table): string | undefined {
  for (let letters = arg.slice(1); letters !== ""; letters = letters.slice(1)) {
    const letter = letters[0]!;
    const name = SHORT[letter] ?? "";
    const kind = known.get(name);
    if (kind === undefined) return `-${letter}`;
    const value = letters.length > 2 && letters[1] === "=" ? letters.slice(2) : undefined;
    if (value !== undefined) flags.set(name, value);
    else if (kind === "may") flags.set(name, "true");
    else if (letters.length > 1) flags.set(name, letters.slice(1));
    else if (left.length === 0) return `-${letter}`;
    else flags.set(name, left.shift()!);
    if (value !== undefined || kind === "needs") return undefined;
  }
  return undefined;
}

/** Flags whose default has a variable of its own. */
const DEFAULTS: Readonly<Record<string, string>> = { "continue-on-error": "PULUMI_CONTINUE_ON_ERROR" };

const TRUE = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/**
 * A flag that is true or false; undefined where it has a value that is neither. Not on the command line, the environment gives it
 * (`PULUMI_OPTION_SKIP_PREVIEW` for `skip-preview`), and there "true" and "1" are the words for it.
 */
export function isSet(
  name: string,
  { flags }: Pick<CommandLine, "flags">,
  env: Readonly<Record<string, string>>,
): boolean | undefined {
  const given = flags.get(name);
  if (given !== undefined) return TRUE.has(given) ? true : FALSE.has(given) ? false : undefined;
  const option = env[`PULUMI_OPTION_${name.toUpperCase().replaceAll("-", "_")}`]?.toLowerCase() ?? "";
  if (option === "true" || option === "1") return true;
  if (option !== "") return option === "false" || option === "0" ? false : undefined;
  const preset = env[DEFAULTS[name] ?? ""]?.toLowerCase();
  return preset === "true" || preset === "1";
}
