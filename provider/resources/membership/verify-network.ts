/** `verify` of a clusterset: pods prove the network as a part of an update, which fails with the pairs that do not connect. */
import { randomInt } from "node:crypto";
import { readDns } from "../../dns/dns-facts";
import { namesVerdict } from "../../dns/names-verdict";
import type { Known } from "../../probe/probe-facts";
import { DEFAULT_IMAGE, hasPairs, newRun, probe } from "../../probe/probe";
import type { Finding } from "../../reconcile/intent";
import { type Part, takesPart } from "../../../common/rights";
import type { ResourceDisplay } from "../display/resource-display";
import type { Context } from "../process/context";

/** @returns why the network is not proved, pair by pair; empty where it is, or where nobody asked */
export async function verifyNetwork(
  here: Context,
  staying: readonly string[],
  out: ResourceDisplay,
): Promise<readonly Finding[]> {
  const { verify = false } = here.settings;
  if (verify === false) return [];
  const { image = DEFAULT_IMAGE, namespace = "default" } = verify === true ? {} : verify;
  const able = (part: Part) => staying.filter((id) => takesPart(here.members.get(id)?.role ?? "both", part));
  const [exporters, importers] = [able("export"), able("import")];
  if (!hasPairs({ exporters, importers })) {
    await out.say("verify: nothing to prove: no member imports from another one");
    return [];
  }
  const names = new Map(await Promise.all(importers.map(async (id) => [id, await namesIn(here, id)] as const)));
  const { pairs, problems } = await probe(here.fleet, {
    run: newRun(randomInt),
    exporters,
    importers,
    namespace,
    image,
    names: true,
    known: (from) => names.get(from) ?? {},
    progress: (text) => void out.say(`verify: ${text}`),
    ...(here.cancelled && { signal: here.cancelled }),
  });
  await out.warn(problems.map((message) => ({ message: `verify: ${message}` })));
  const bad = pairs.flatMap(({ from, to, connects, failures, notes }) => [
    ...failures.map(({ cause, message }) => ({ message: `verify: ${from} → ${to}: ${cause}: ${message}` })),
    ...(connects === "unknown" ? [{ message: `verify: ${from} → ${to}: not proved: ${notes.join("; ")}` }] : []),
  ]);
  if (bad.length === 0) await out.say(`verify: all ${pairs.length} pairs of members connect`);
  return bad;
}

/** Names that nobody set up do not fail: ClusterSetDNS comes after the clusterset. */
async function namesIn({ fleet }: Context, id: string): Promise<Known> {
  const connection = await fleet.connect(id);
  if (connection.state === "failed") return {};
  try {
    const { resolves, reasons } = namesVerdict(id, await readDns(connection.member));
    return resolves === "yes" ? {} : { noNames: reasons.join("; ") };
  } catch {
    return { noNames: "what its CoreDNS is told may not be read" };
  }
}
