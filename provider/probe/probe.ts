/**
 * Proves the network of a clusterset by small pods: one that answers in each exporting member, and one that calls in each importing one, by address,
 * in full-size packets, by cluster IP and by name. Runs only when it is asked to, and takes away what it made.
 */
import type { Fleet } from "../reconcile/observe/fleet";
import { processClock, type Clock } from "../reconcile/waiting";
import { removeExpired, removeRun } from "./probe-cleanup";
import { factsFrom, type Servers, wordOf } from "./probe-calls";
import { type Awaited, notMade, startPod } from "./probe-pods";
import type { Known, PairFacts } from "./probe-facts";
import { probePod, PROBE_LABEL, probeService, type Run, serverName } from "./probe-objects";
import { serverScript } from "./probe-script";
import { type ProbeReport, probeReport } from "./probe-report";
import { serve, type Served, type ServedService } from "./probe-services";

export type { ProbeReport } from "./probe-report";

export interface ProbeOptions {
  /** Five lower-case letters and digits, new for every run. */
  readonly run: string;
  readonly exporters: readonly string[];
  readonly importers: readonly string[];
  /** Those of both that do not answer, and why: nothing is tried there, so the fleet need not have them. Default: none. */
  readonly absent?: ReadonlyMap<string, string>;
  /** Must exist in all of them. */
  readonly namespace: string;
  /** With BusyBox's sh, httpd and wget. */
  readonly image: string;
  /** Call by name as well. */
  readonly names: boolean;
  /** What is known of a pair without pods. */
  readonly known: (from: string, to: string) => Known;
  /** Leave everything to a person who wants to look; the next run after its time removes it. Default false. */
  readonly keep?: boolean;
  /** One line for a person who waits. */
  readonly progress: (text: string) => void;
  /** Ends it early, with what was found by then. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/** The image that nearly every registry mirror has; 2 MB. */
export const DEFAULT_IMAGE = "busybox:1.37";

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

/** Names a run. @param below gives a whole number from 0, below the one given, by chance */
export function newRun(below: (end: number) => number): string {
  return Array.from({ length: 5 }, () => LETTERS[below(LETTERS.length)]).join("");
}

const START_MS = 60_000;
/** Of one service, and of all. */
const SERVE_MS = 20_000;
const SERVE_ALL_MS = 90_000;
/** All waiting together, and a margin: then the kubelet ends a pod, and a later run takes the rest of this one away. */
const POD_SECONDS = 240;

/** Whether one member would call another one: without, a probe proves nothing. */
export function hasPairs({ exporters, importers }: Pick<ProbeOptions, "exporters" | "importers">): boolean {
  return importers.some((from) => exporters.some((to) => to !== from));
}

/** Never rejects for what one member does or does not do: that is in the report. */
export async function probe(fleet: Fleet, options: ProbeOptions): Promise<ProbeReport> {
  const { namespace, image, progress, clock = processClock } = options;
  const now = fleet.clock();
  const expires = new Date(now + POD_SECONDS * 1_000).toISOString();
  const run: Run = { id: options.run, namespace, image, expires, podSeconds: POD_SECONDS };
  const earlier = await removeExpired(fleet, namespace, { now, isWhole: (options.absent?.size ?? 0) === 0 });
  if (earlier.removed > 0) progress(`removed what ${earlier.removed} earlier runs had left`);
  const { absent = new Map<string, string>(), ...asked } = options;
  const present = (ids: readonly string[]) => ids.filter((id) => !absent.has(id));
  const [exporters, importers] = [present(options.exporters), present(options.importers)];
  if (!hasPairs({ exporters, importers })) return probeReport({ ...asked, absent }, [], earlier.left);
  const session: Session = { ...options, exporters, importers, fleet, run, clock, made: [] };
  let left: readonly string[] = [];
  let proved: Proved;
  try {
    proved = await prove(session);
  } finally {
    if (options.keep === true) {
      progress(`kept until ${expires}: kubectl -n ${namespace} get pods,services -l ${PROBE_LABEL}=${run.id}`);
    } else {
      progress(`${options.signal?.aborted === true ? "interrupted: " : ""}removing the pods…`);
      left = await removeRun(fleet, namespace, session);
    }
  }
  const problems = [...new Set([...earlier.left, ...proved.problems, ...left])];
  return probeReport({ ...asked, absent }, proved.facts, problems);
}

interface Proved {
  readonly facts: readonly PairFacts[];
  readonly problems: readonly string[];
}

async function prove(session: Session): Promise<Proved> {
  const { image, exporters, importers, progress, known } = session;
  progress(`starting pods (${image}) in ${exporters.join(", ")}…`);
  const servers = await startServers(session);
  progress("exporting and importing them…");
  const served = await serveAll(session, servers);
  progress(`calling from ${importers.join(", ")}…`);
  const byName = (from: string, to: string) => session.names && known(from, to).noNames === undefined;
  const calling = { ...session, byName };
  const facts = (await Promise.all(importers.map((from) => factsFrom(calling, from, { servers, served })))).flat();
  return { facts, problems: [...served.values()].flatMap((one) => one.problems) };
}

/** Of the members that answer. */
interface Session extends Omit<ProbeOptions, "run"> {
  readonly fleet: Fleet;
  readonly run: Run;
  readonly clock: Clock;
  /** Whatever may have been exported and imported by now: it has to be taken away, also where its member is lost meanwhile. */
  readonly made: ServedService[];
}

async function startServers(session: Session): Promise<Servers> {
  const { fleet, run, clock, signal } = session;
  const started = session.exporters.map(async (id, number): Promise<readonly [string, Awaited]> => {
    const connection = await fleet.connect(id);
    if (connection.state === "failed") return [id, { missing: connection.error.message }];
    try {
      await connection.member.create("Service", probeService(run, number));
    } catch (error) {
      return [id, { missing: notMade(error, id) }];
    }
    const pod = probePod(run, serverName(run, number), serverScript(wordOf(run, number)));
    return [id, await startPod(connection.member, pod, { clock, ms: START_MS, ...(signal && { signal }) })];
  });
  return new Map(await Promise.all(started));
}

/** Exporting member → how its server is imported. One after the other: they share a reading of the members. */
async function serveAll(session: Session, servers: Servers): Promise<ReadonlyMap<string, Served>> {
  const served = new Map<string, Served>();
  session.fleet.follow();
  const until = session.clock.now() + SERVE_ALL_MS;
  for (const [number, exporter] of session.exporters.entries()) {
    const server = servers.get(exporter);
    if (server === undefined || "missing" in server || session.signal?.aborted === true) continue;
    const importers = session.importers.filter((id) => id !== exporter);
    if (importers.length === 0) continue;
    const { namespace, run } = session;
    const service = { run: run.id, namespace, name: serverName(run, number), exporter, importers };
    const ms = Math.max(0, Math.min(SERVE_MS, until - session.clock.now()));
    session.made.push(service);
    served.set(exporter, await serve(session.fleet, service, session.clock, ms));
  }
  return served;
}
