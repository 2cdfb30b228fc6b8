/** The calls of an importing member's pod: to whom, and what came of them. */
import type { IPFamily } from "../mcs/api";
import type { Fleet } from "../reconcile/observe/fleet";
import type { Clock } from "../reconcile/waiting";
import type { FamilyFacts, PairFacts } from "./probe-facts";
import { probePod, type Run, serverName } from "./probe-objects";
import { type Awaited, lastWord, runPod } from "./probe-pods";
import { callerScript, readAnswers, type Target } from "./probe-script";
import type { Served } from "./probe-services";

export interface Calling {
  readonly fleet: Fleet;
  readonly run: Run;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly exporters: readonly string[];
  /** Whether `from` calls by name as well. */
  readonly byName: (from: string, to: string) => boolean;
}

/** Exporting member → its pod, or why there is none. */
export type Servers = ReadonlyMap<string, Awaited>;

const CALL_MS = 60_000;

/** What the server of the exporting member with this place says. */
export function wordOf({ id }: Run, number: number): string {
  return `mcs-probe ${id} ${number}`;
}

export interface Called {
  readonly servers: Servers;
  readonly served: ReadonlyMap<string, Served>;
}

/** Never rejects: what is missing is said in the facts. */
export async function factsFrom(session: Calling, from: string, called: Called): Promise<readonly PairFacts[]> {
  const others = session.exporters.filter((to) => to !== from);
  const none = (missing: string) => others.map((to): PairFacts => ({ from, to, families: {}, missing }));
  const targets = others.flatMap((to) => targetOf(session, from, to, called) ?? []);
  const connection = await session.fleet.connect(from);
  if (connection.state === "failed") return none(connection.error.message);
  const withoutServer = (to: string): string | undefined => {
    const server = called.servers.get(to);
    return server !== undefined && "missing" in server ? server.missing : undefined;
  };
  if (targets.length === 0)
    return others.map((to) => ({ from, to, families: {}, missing: withoutServer(to) ?? "interrupted" }));
  const { run, clock, signal } = session;
  const pod = probePod(run, `mcs-probe-${run.id}-from`, callerScript(targets));
  const caller = await runPod(connection.member, pod, { clock, ms: CALL_MS, ...(signal && { signal }) });
  if ("missing" in caller) return none(caller.missing);
  const answers = readAnswers(lastWord(caller.pod) ?? "");
  const own = familiesOf(caller.pod.status?.podIPs);
  return others.map((to) => {
    const missing = withoutServer(to);
    const ofPair = answers.filter(({ number }) => session.exporters[number] === to);
    const families = own.flatMap((family) => {
      const calls = ofPair.filter((one) => one.family === family).map(({ call, answer }) => [call, answer] as const);
      return calls.length === 0 ? [] : [[family, Object.fromEntries(calls) as FamilyFacts] as const];
    });
    const name = ofPair.find(({ call }) => call === "name")?.answer;
    return { from, to, families: Object.fromEntries(families), ...(name && { name }), ...(missing && { missing }) };
  });
}

function targetOf(session: Calling, from: string, to: string, { servers, served }: Called): Target | undefined {
  const number = session.exporters.indexOf(to);
  const server = servers.get(to);
  if (server === undefined || "missing" in server) return undefined;
  const imported = served.get(to)?.view?.imports[from];
  // Without endpoints nobody could answer, and kube-proxy would be blamed for it.
  const clusterIPs = imported !== undefined && imported.endpoints.ready > 0 ? imported.clusterIPs : [];
  const families = (server.pod.status?.podIPs ?? []).map(({ ip: address }) => {
    const family = familyOf(address);
    const clusterIP = clusterIPs.find((one) => familyOf(one) === family);
    return { family, address, ...(clusterIP !== undefined && { clusterIP }) };
  });
  const name = `${serverName(session.run, number)}.${session.run.namespace}.svc.clusterset.local`;
  const isNamed = clusterIPs.length > 0 && session.byName(from, to);
  return { number, word: wordOf(session.run, number), families, ...(isNamed && { name }) };
}

function familyOf(address: string): IPFamily {
  return address.includes(":") ? "IPv6" : "IPv4";
}

function familiesOf(addresses: readonly { readonly ip: string }[] = []): readonly IPFamily[] {
  return [...new Set(addresses.map(({ ip }) => familyOf(ip)))];
}
