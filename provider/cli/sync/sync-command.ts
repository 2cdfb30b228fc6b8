/** `pulumi-mcs sync`: keeps every service of a clusterset current until it is ended; once with `--once`, and only in words with `--dry-run`. */
import { keyText } from "../../mcs/object-key";
import { oneLine, printableJson } from "../../mcs/printable";
import type { Announcement } from "../../reconcile/intent";
import { createSync, type OnePass } from "../../sync/sync-process";
import type { SyncObserver } from "../../sync/seams/sync-observer";
import { CLOSED_GATE } from "../../sync/seams/write-gate";
import type { ClusterOption } from "../cluster-option";
import type { Screen } from "../printer";
import { membersOf } from "./agent-command";
import { jsonObserver, lineObserver } from "./sync-events";
import { liveSummary } from "./sync-screen";

export interface SyncCommandOptions {
  readonly cluster: readonly ClusterOption[];
  /** A clusterset.yaml, in place of `cluster`. */
  readonly config?: string;
  readonly autoImport: boolean;
  /** One pass over every service, and the end. */
  readonly once: boolean;
  /** As `once`, and nothing is written. */
  readonly dryRun: boolean;
  readonly json: boolean;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Exit code. It was ended: 0. Of one pass: 0 everything is as it should be by now (in a dry run: was already), 1 something could not be done (in a dry
 * run: would be written), 2 nothing went wrong, and a member could not be read: what came from it was kept as it is.
 */
export async function sync(options: SyncCommandOptions, screen: Screen): Promise<number> {
  const { json, once, dryRun, signal, autoImport } = options;
  const problem = (message?: string) => screen.err(message ?? "the configuration can be used again");
  const members = membersOf(options, { problem });
  const gate = dryRun ? CLOSED_GATE : undefined;
  if (once || dryRun) {
    if (!json) screen.err(`${dryRun ? "asking" : "bringing up to date"} ${(await members.current()).length} clusters…`);
    const pass = await createSync({ members, gate, autoImport }).once(signal, dryRun);
    if (json) screen.out(printableJson(onePassJson(pass, dryRun)));
    else for (const text of onePassLines(pass, dryRun)) screen.out(oneLine(text));
    return exitCode(pass, dryRun);
  }
  const { observer, stop } = observing(json, screen);
  try {
    await createSync({ members, gate, autoImport, observer }).run(signal);
  } finally {
    stop();
  }
  return 0;
}

function observing(json: boolean, screen: Screen): { readonly observer: SyncObserver; readonly stop: () => void } {
  if (!json && screen.width !== undefined) return liveSummary(screen, Date.now);
  return { observer: json ? jsonObserver(screen, Date.now) : lineObserver(screen), stop: () => undefined };
}

function exitCode({ services, unreadable }: OnePass, dryRun: boolean): number {
  const isLeft = services.some(({ failures, writes }) => failures.length > 0 || (dryRun && writes.length > 0));
  return isLeft ? 1 : unreadable.size > 0 ? 2 : 0;
}

function onePassLines({ services, unreadable }: OnePass, dryRun: boolean): readonly string[] {
  const writes = services.flatMap((it) => it.writes);
  const wrong = services.flatMap(({ key, failures, warnings }) => [
    ...failures.map(({ message }) => `failed: ${keyText(key)}: ${message}`),
    ...warnings.map(({ message }) => `warning: ${keyText(key)}: ${message}`),
  ]);
  return [
    ...writes.map((write) => writeText(write, dryRun)),
    ...new Set(wrong),
    ...[...unreadable.values()].map((why) => `not read: ${why} (what came from it is kept as it is)`),
    `${services.length} services, ${writes.length} ${dryRun ? "writes to be done" : "writes done"}.`,
  ];
}

function writeText({ member, verb, kind, namespace, name, fields }: Announcement, dryRun: boolean): string {
  const what = `${member}: ${dryRun ? "would " : ""}${verb} ${kind} ${namespace}/${name}`;
  return fields.length > 0 ? `${what} (${fields.join(", ")})` : what;
}

function onePassJson({ services, unreadable }: OnePass, dryRun: boolean): object {
  return {
    schemaVersion: 1,
    dryRun,
    services: services.map(({ key, writes, failures, warnings }) => ({
      ...key,
      writes,
      failures: failures.map(({ member, message }) => ({ member: member ?? null, message })),
      warnings: warnings.map(({ member, message }) => ({ member: member ?? null, message })),
    })),
    unreadable: Object.fromEntries(unreadable),
  };
}
