/** PURE. From what pods found out about a pair of members to what most likely is behind it. */
import type { IPFamily } from "../mcs/api";
import type { Answer, FamilyFacts, Known, PairFacts } from "./probe-facts";

export type Cause = "no route" | "firewall" | "overlapping ranges" | "MTU" | "kube-proxy" | "DNS" | "unknown";

export interface Failure {
  readonly cause: Cause;
  /** Absent where it is of all families. */
  readonly family?: IPFamily;
  /** What was seen, the likely cause and where to look, on one line. */
  readonly message: string;
}

export interface PairVerdict {
  readonly from: string;
  readonly to: string;
  /** "unknown": no call failed, and one that proves something was not made. */
  readonly connects: "yes" | "no" | "unknown";
  readonly failures: readonly Failure[];
  /** What was not tried, and what bounds the answer. */
  readonly notes: readonly string[];
}

/**
 * @param reverse what a pod of `to` found that called one of `from`; absent where none did. What comes back proves a route in both directions.
 */
export function pairVerdict(facts: PairFacts, known: Known, reverse?: PairFacts): PairVerdict {
  const { from, to } = facts;
  const families = Object.entries(facts.families) as [IPFamily, FamilyFacts][];
  if (families.length === 0) {
    const why = facts.missing ?? `the pods of ${from} and ${to} have no IP family in common`;
    const overlap: Failure[] =
      known.overlap === undefined ? [] : [{ cause: "overlapping ranges", message: known.overlap }];
    return { from, to, connects: overlap.length > 0 ? "no" : "unknown", failures: overlap, notes: [why] };
  }
  const ofFamilies = families.flatMap(([family, of]) => {
    const failure = familyFailure({ from, to, family, of, back: reverse?.families[family]?.address, known });
    return failure === undefined ? [] : [{ ...failure, family }];
  });
  const reached = families.some(([family]) => !ofFamilies.some((failure) => failure.family === family));
  const name = reached ? nameFailure(facts, known) : undefined;
  const failures = [...ofFamilies, ...(name === undefined ? [] : [name])];
  // Addresses alone are not what a consumer calls.
  const isServed = families.some(([, of]) => of.clusterIP !== undefined);
  const notes = [
    ...(isServed || !reached ? [] : [`${from}: no cluster IP of a service of ${to} could be called`]),
    ...(known.noNames !== undefined ? [`names do not resolve in ${from}: ${known.noNames}`] : []),
    ...(known.overlap !== undefined && !failures.some(({ cause }) => cause === "overlapping ranges")
      ? [known.overlap]
      : []),
  ];
  return { from, to, connects: failures.length > 0 ? "no" : isServed ? "yes" : "unknown", failures, notes };
}

interface Asked {
  readonly from: string;
  readonly to: string;
  readonly family: IPFamily;
  readonly of: FamilyFacts;
  readonly back: Answer | undefined;
  readonly known: Known;
}

/** The first thing on the way that does not work explains what comes after it. */
function familyFailure({ from, to, family, of, back, known }: Asked): Failure | undefined {
  const who = `a pod of ${from} calls one of ${to} by its ${family} address`;
  const address = of.address ?? "failed";
  if (address !== "ok") return addressFailure({ who, from, to, address, back, known });
  for (const [call, way] of [
    ["down", `from ${to} to ${from}`],
    ["up", `from ${from} to ${to}`],
  ] as const) {
    if (of[call] === undefined || of[call] === "ok") continue;
    if (of[call] !== "timeout") {
      const message = `${who}: short answers come, 64 KiB ${way} do not (${SEEN[of[call] ?? "failed"]}); look at the pods of the probe with --keep`;
      return { cause: "unknown", message };
    }
    return {
      cause: "MTU",
      message: `${who}: short answers come, 64 KiB ${way} do not: packets of full size are lost. Lower the MTU of the pods' interfaces to that of the way between the clusters (a tunnel takes 20 to 80 bytes), or let ICMP "too big" through`,
    };
  }
  if (of.clusterIP !== undefined && of.clusterIP !== "ok") {
    return {
      cause: "kube-proxy",
      message: `${from}: the cluster IP of a derived Service does not lead to the pod of ${to} (${of.clusterIP}), which its ${family} address reaches: kube-proxy, or what stands in for it, does not serve Services in ${from}; look at its pods and log there, and whether a network policy forbids it`,
    };
  }
  return undefined;
}

interface NotReached {
  readonly who: string;
  readonly from: string;
  readonly to: string;
  readonly address: Answer;
  readonly back: Answer | undefined;
  readonly known: Known;
}

function addressFailure({ who, from, to, address, back, known }: NotReached): Failure {
  if (known.overlap !== undefined)
    return { cause: "overlapping ranges", message: `${who}: ${SEEN[address]}. ${known.overlap}` };
  const firewall = `a firewall, security group or network policy between them: let the pods of ${from} reach those of ${to} (all ports that are exported)`;
  switch (address) {
    case "wrong":
      return {
        cause: "overlapping ranges",
        message: `${who}: ${SEEN.wrong}. The address is used twice: in ${from}, or on the way, something else has the pod range of ${to}`,
      };
    case "unreachable":
      return {
        cause: "no route",
        message: `${who}: ${SEEN.unreachable}. Nodes of ${from} have no route to the pod range of ${to}, or a router on the way has none: add it on both sides`,
      };
    case "refused":
      return { cause: "firewall", message: `${who}: ${SEEN.refused}, though the pod listens. Likely ${firewall}` };
    case "timeout":
      if (back === "unreachable") {
        const why = `pods of ${to} have no route to those of ${from}, so no answer comes back`;
        return { cause: "no route", message: `${who}: ${SEEN.timeout}: ${why}` };
      }
      // The answers of the other direction took the same two ways.
      return back === "ok"
        ? {
            cause: "firewall",
            message: `${who}: ${SEEN.timeout}, and the other way round it works, so there are routes. It is ${firewall}`,
          }
        : {
            cause: "firewall",
            message: `${who}: ${SEEN.timeout}. Likely ${firewall}; or the answers have no route back: look for the pod range of ${from} in the routes of ${to}`,
          };
    default:
      return { cause: "unknown", message: `${who}: ${SEEN[address]}; look at the pods of the probe with --keep` };
  }
}

const SEEN: Readonly<Record<Answer, string>> = {
  ok: "it works",
  wrong: "somebody else answers",
  refused: "the connection is refused",
  unreachable: "there is no route to the host",
  timeout: "nothing comes back",
  unresolved: "the name does not resolve",
  failed: "the call fails",
};

function nameFailure({ from, to, name }: PairFacts, { noNames, namesUnknown }: Known): Failure | undefined {
  // What nobody set up does not fail: a clusterset works without names, and a note says so.
  if (name === undefined || name === "ok" || noNames !== undefined) return undefined;
  const more = namesUnknown === undefined ? "" : `; what is set up there could not be read: ${namesUnknown}`;
  return {
    cause: "DNS",
    message: `${from}: the service of ${to} cannot be called by its name of clusterset.local (${SEEN[name]}), though its cluster IP works: look at the pods of CoreDNS in ${from} and their log, and at docs/dns.md; a Corefile that was changed just now is read in about two minutes${more}`,
  };
}
