/** `pulumi-mcs status`: who exports, who imports, whose it is and what is wrong, over all members. Only reads. */
import { setTimeout as sleep } from "node:timers/promises";
import { printableJson } from "../../mcs/printable";
import type { Fleet } from "../../reconcile/observe/fleet";
import { overview, type Overview } from "../../reconcile/overview/overview";
import type { Verdict } from "../../reconcile/overview/service-overview";
import type { ClusterOption } from "../cluster-option";
import type { Screen } from "../printer";
import { withMembers } from "../with-members";
import { statusFindings } from "./status-findings";
import { statusJson } from "./status-json";
import { statusTable } from "./status-table";

export interface StatusOptions {
  readonly cluster: readonly ClusterOption[];
  /** Default: all. */
  readonly namespace?: string;
  readonly json: boolean;
  /** Seconds between two readings; read once where absent. */
  readonly watchSeconds?: number;
  /** Ends the watching. */
  readonly signal?: AbortSignal;
}

/**
 * Exit code, of the last reading: 0 all is well, 1 something is wrong (a conflict, an export that is not exported, an import that is behind or that
 * nobody serves, a certain orphan), 2 nothing is wrong as far as it can be told, and something cannot be told: a member cannot be read or was not
 * given, or the endpoints of an import cannot be counted. What only may be left over changes no exit code.
 */
export const EXIT_CODE: Readonly<Record<Verdict, number>> = { well: 0, wrong: 1, unknown: 2 };

export async function status(options: StatusOptions, screen: Screen): Promise<number> {
  const { cluster, watchSeconds, signal } = options;
  if (!options.json && watchSeconds === undefined) screen.err(`asking ${cluster.length} clusters…`);
  return withMembers(cluster, (fleet) => watch(fleet, options, { screen, signal }));
}

async function watch(
  fleet: Fleet,
  { namespace, json, watchSeconds }: StatusOptions,
  { screen, signal }: { readonly screen: Screen; readonly signal?: AbortSignal },
): Promise<number> {
  const lastRead = new Map<string, string>();
  let exitCode = EXIT_CODE.unknown;
  // Also in the midst of a reading: a member may take a minute to answer.
  const ended = new Promise<undefined>((resolve) => {
    signal?.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  for (;;) {
    const read = await Promise.race([overview(fleet, { namespace }), ended]);
    if (read === undefined) return exitCode;
    exitCode = EXIT_CODE[read.verdict];
    for (const { id, state } of read.members) if (state === "read") lastRead.set(id, read.readAt);
    if (json) screen.out(watchSeconds === undefined ? printableJson(statusJson(read, lastRead)) : line(read, lastRead));
    else draw(read, lastRead, { screen, watched: watchSeconds !== undefined });
    if (watchSeconds === undefined) return exitCode;
    // Counted from the end of a reading: a slow clusterset is not asked without pause.
    await sleep(watchSeconds * 1_000, undefined, { signal }).catch(() => undefined);
    if (signal?.aborted) return exitCode;
  }
}

/** One reading a line: as programs read a stream. */
function line(read: Overview, lastRead: ReadonlyMap<string, string>): string {
  return printableJson(statusJson(read, lastRead), 0);
}

function draw(
  read: Overview,
  lastRead: ReadonlyMap<string, string>,
  { screen, watched }: { readonly screen: Screen; readonly watched: boolean },
): void {
  if (watched) screen.clear();
  const parts = [statusTable(read, screen), statusFindings(read, screen, { lastRead }), summary(read, screen, watched)];
  screen.show(parts.filter((part) => part !== "").join("\n\n"));
}

function summary({ members, services, verdict, readAt }: Overview, { paint }: Screen, watched: boolean): string {
  const readable = members.filter(({ state }) => state === "read").length;
  const wrong = services.filter((one) => one.verdict === "wrong").length;
  const counts = `${services.length} services, ${wrong} with something wrong; ${readable} of ${members.length} members read`;
  const says = {
    well: paint("green", "All is well"),
    wrong: paint("red", "Not all is well"),
    unknown: paint("yellow", "Not all can be told"),
  };
  return `${says[verdict]}: ${counts}${watched ? ` at ${readAt}` : ""}.`;
}
