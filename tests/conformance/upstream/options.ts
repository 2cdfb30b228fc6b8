/** The command line of `npm run conformance:upstream`. */
import { existsSync } from "node:fs";
import * as path from "node:path";

export interface UpstreamOptions {
  /** The compiled suite, absolute; undefined: only start the clusters, for a person who runs it. */
  readonly suite: string | undefined;
  /** Gets the suite's report.html and report.yaml. Default: the current folder. */
  readonly out: string;
  readonly dualStack: boolean;
  /** Handed on to the suite, e.g. `-ginkgo.label-filter=DNS`. */
  readonly flags: readonly string[];
}

/** @throws an Error that says how the command is used */
export function parseOptions(args: readonly string[]): UpstreamOptions {
  const own = args.filter((arg) => !isHandedOn(arg));
  const named = own.filter((arg) => !arg.startsWith("--"));
  const out = own.find((arg) => arg.startsWith("--out="))?.slice("--out=".length) ?? ".";
  const strange = own.find((arg) => arg.startsWith("--") && arg !== "--dual-stack" && !arg.startsWith("--out="));
  if (strange !== undefined || named.length > 1) throw new Error(USAGE);
  const [suite] = named.map((file) => path.resolve(file));
  if (suite !== undefined && !existsSync(suite)) throw new Error(`there is no ${suite}; ${USAGE}`);
  return { suite, out: path.resolve(out), dualStack: own.includes("--dual-stack"), flags: args.filter(isHandedOn) };
}

const USAGE =
  "usage: npm run conformance:upstream -- [<compiled suite>] [--dual-stack] [--out=<folder>] [-ginkgo.… | -test.…]";

function isHandedOn(arg: string): boolean {
  return /^-(ginkgo|test)\./.test(arg);
}
