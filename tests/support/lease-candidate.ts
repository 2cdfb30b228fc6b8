/**
 * A process that stands for election, and while it leads writes every 20 ms how often it did, in a ConfigMap named as itself: `kubeconfig file`,
 * `identity`. Says on standard output what happens, one word a line. Does what standard input tells: `block <ms>` keeps its event loop busy.
 */
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../provider/kube/connect";
import type { ConfigMap } from "../../provider/mcs/api";
import { startElection } from "../../provider/sync/lease/leader-election";
import { LEASE, TIMES } from "./lease-candidates";

async function run(kubeconfigPath: string, identity: string): Promise<void> {
  const of = { id: "member1", kubeconfigPath };
  const election = startElection({
    member: await connect({ ...of, timeoutSeconds: TIMES.renewSeconds / 2 }),
    lease: LEASE,
    identity,
    times: TIMES,
    tell: ({ type }) => console.log(type),
  });
  const { gate } = election;
  const member = await connect({ ...of, gate });
  createInterface({ input: process.stdin }).on("line", (line) => {
    const until = performance.now() + Number(line.split(" ")[1]);
    while (performance.now() < until);
    // The first thing that runs afterwards, before any timer: a write that was decided long ago.
    void member.create("ConfigMap", { metadata: { namespace: LEASE.namespace, name: `${identity}-late` } }).then(
      () => console.log("wroteLate"),
      () => console.log("refusedLate"),
    );
  });
  process.once("SIGTERM", () => void election.stop());
  void election.ended.then((end) => process.exit(end === "lost" ? 1 : 0));
  await election.leading;
  const metadata = { namespace: LEASE.namespace, name: identity };
  let kept: ConfigMap = await member.create("ConfigMap", { metadata, data: {} });
  for (let writes = 1; ; writes += 1) {
    kept = await member.update("ConfigMap", { ...kept, data: { writes: String(writes) } });
    await sleep(20);
  }
}

const [, , kubeconfigPath = "", identity = ""] = process.argv;
run(kubeconfigPath, identity).catch((error: unknown) =>
  console.log("failed", error instanceof Error ? error.message : ""),
);
