/** `pulumi-mcs gc`: shows what is left over in the members, asks, and takes it away. */
import { printableJson } from "../../mcs/printable";
import { collect, type Collected } from "../../reconcile/gc/collect";
import { findGarbage, type Garbage, type GarbageOptions } from "../../reconcile/gc/garbage";
import type { ClusterOption } from "../cluster-option";
import type { Printer } from "../printer";
import { orphanText } from "../status/status-findings";
import { withMembers } from "../with-members";
import { garbageLines, removalJson, removalText } from "./gc-lines";

export interface GcOptions extends GarbageOptions {
  readonly cluster: readonly ClusterOption[];
  /** Only show. */
  readonly dryRun: boolean;
  /** Do not ask. */
  readonly yes: boolean;
  readonly json: boolean;
  /** Asks a person for a yes; undefined where there is nobody to ask. */
  readonly ask?: (question: string) => Promise<boolean>;
}

/**
 * Exit code: 0 nothing is left that could be removed, 1 something is (a dry run found it, a delete failed, the answer was no, or there was nobody
 * to ask), 2 nothing is left as far as it can be told, and a member could not be read.
 */
export async function gc(options: GcOptions, printer: Printer): Promise<number> {
  if (!options.json) printer.err(`asking ${options.cluster.length} clusters…`);
  return withMembers(options.cluster, async (fleet) => {
    const readings = await fleet.read(fleet.clock());
    const garbage = findGarbage(readings, options);
    const unreadable = [...readings].flatMap(([, one]) => (one.state === "unreadable" ? [one.error.message] : []));
    if (!options.json) printer.out(garbageLines(garbage, unreadable, options));
    const done = (await isWanted(garbage, options, printer)) ? await collect(fleet, garbage.removals) : NOTHING;
    if (options.json) printer.out(printableJson(report({ garbage, unreadable, done, ...options })));
    else for (const text of told(done)) printer.out(text);
    if (done.removed.length < garbage.removals.length) return 1;
    return unreadable.length > 0 ? 2 : 0;
  });
}

const NOTHING: Collected = { removed: [], failures: [] };

async function isWanted({ removals }: Garbage, { dryRun, yes, ask }: GcOptions, { err }: Printer): Promise<boolean> {
  if (dryRun || removals.length === 0) return false;
  if (yes) return true;
  if (!ask) {
    err("nothing was removed: there is no terminal to ask on; --yes removes without asking");
    return false;
  }
  return ask(`Remove ${removals.length} ${removals.length === 1 ? "object" : "objects"}? [y/N] `);
}

function told({ removed, failures }: Collected): readonly string[] {
  return [...removed.map((it) => `removed ${removalText(it)}`), ...failures.map(({ message }) => `failed: ${message}`)];
}

function report(args: {
  readonly garbage: Garbage;
  readonly unreadable: readonly string[];
  readonly done: Collected;
  readonly dryRun: boolean;
}): object {
  const { garbage, unreadable, done, dryRun } = args;
  return {
    schemaVersion: 1,
    dryRun,
    found: garbage.removals.map(removalJson),
    perhaps: garbage.perhaps.map((orphan) => orphanText(orphan)),
    staying: garbage.staying,
    unreadable,
    removed: done.removed.map(removalJson),
    failures: done.failures.map(({ member, message }) => ({ member: member ?? null, message })),
  };
}
