/** `runtime.options` of a Pulumi.yaml, as far as they matter for running a program. */

export interface RuntimeOptions {
  /** The SDK compiles the program by ts-node. @default true */
  readonly typescript: boolean;
  /** Path of a tsconfig.json other than the program's own. */
  readonly tsconfig?: string;
  /** For `node` itself, e.g. `["--import=tsx"]`. */
  readonly nodeArguments: readonly string[];
}

/** @throws an Error that names the option whose type is wrong. */
export function runtimeOptions(options: Readonly<Record<string, unknown>>): RuntimeOptions {
  const { typescript = true, tsconfig, nodeargs = "" } = options;
  if (typeof typescript !== "boolean") throw new Error("typescript option must be a boolean");
  if (tsconfig !== undefined && typeof tsconfig !== "string") throw new Error("tsconfigpath option must be a string");
  if (typeof nodeargs !== "string") throw new Error("nodeargs option must be a string");
  return { typescript, ...(tsconfig === undefined ? {} : { tsconfig }), nodeArguments: words(nodeargs) };
}

/** Split as a shell would: at blanks that are not in quotes. */
function words(text: string): string[] {
  const quoted = text.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return quoted.map((word) =>
    word.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, double = "", single = "") => double + single),
  );
}
