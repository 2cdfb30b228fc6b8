/** What broke others in the years that such a process runs (docs/sync.md, What it has been through), each on real API servers. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { connect } from "../../../provider/kube/connect";
import { LABEL } from "../../../provider/mcs/marks";
import { startElection } from "../../../provider/sync/lease/leader-election";
import { fixedMembers, type MembersChange } from "../../../provider/sync/seams/sync-members";
import { accountToken } from "../../controlplane/account";
import { full, held } from "../../support/evidence";
import { TIMES } from "../../support/lease-candidates";
import { isWrite, type Passage, type Rule } from "../../support/proxy";
import { type RunningSync, SLICES, SyncStage } from "./sync-stage";

const EXPORT_CRD = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/serviceexports.multicluster.x-k8s.io";
interface ExportCrd {
  readonly spec: {
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: object } }[];
  };
}
const isWatch = ({ query }: Passage) => query.get("watch") === "true";
/** As long nothing may be written. */
const QUIET_MS = 2_000;

describe("pulumi-mcs sync, where the way to a member, its server or what is in it misbehaves", function () {
  this.timeout(90_000);
  let stage: SyncStage;
  let running: RunningSync | undefined;
  const undo: (() => void)[] = [];

  before(async function () {
    this.timeout(600_000);
    stage = await SyncStage.start();
    for (const [n, name] of ["serve", "beside"].entries()) {
      await stage.offer(name, `10.11.0.${n + 1}`, n === 0 ? "member1" : "member2");
      await stage.importing(name);
    }
  });
  afterEach(async () => {
    undo.splice(0).forEach((back) => back());
    await running?.stop();
    running = undefined;
  });
  after(async function () {
    this.timeout(60_000);
    await stage?.stop();
  });

  const breaks = (rule: Rule) => void undo.push(stage.proxies.member1.add(rule));
  /** Current, and quiet. */
  async function current(options: Parameters<SyncStage["sync"]>[0] = {}): Promise<RunningSync> {
    running = stage.sync(options);
    await running.tells("member1 live");
    await running.tells("member2 live");
    await stage.repod("serve", "10.11.0.1");
    await stage.become("serve", ["10.11.0.1"]);
    await stage.become("beside", ["10.11.0.2"]);
    await sleep(500);
    return running;
  }

  it("notices a member that has fallen silent, keeps what came from it, and serves the others meanwhile", async () => {
    const sync = await current({ watchTimes: { bodyMs: 2_000 } });
    breaks({ fault: { kind: "hang" } });
    stage.proxies.member1.toWatches("silence");
    await stage.repod("serve", "10.11.0.9");
    await sync.tells("member1 unreadable");
    await stage.repod("beside", "10.11.0.22", "member2");
    await stage.become("beside", ["10.11.0.22"]);
    assert.deepEqual(await stage.endpoints("serve"), ["10.11.0.1"]);
    undo.splice(0).forEach((back) => back());
    await stage.become("serve", ["10.11.0.9"]);
    await stage.repod("beside", "10.11.0.2", "member2");
    await stage.become("beside", ["10.11.0.2"]);
  });

  it("tells of each watch that is begun again, and how the one before it ended", async () => {
    const sync = await current({ watchTimes: { bodyMs: 2_000 } });
    await sleep(500);
    for (const [what, reason] of [
      ["end", "clean"],
      ["break", "closed"],
      ["silence", "inactive"],
    ] as const) {
      // Cleanly is only what has told anything before.
      await stage.repod("serve", "10.11.0.3");
      await stage.become("serve", ["10.11.0.3"]);
      stage.proxies.member1.toWatches(what);
      await sync.tells(`restarted member1 EndpointSlice ${reason}`);
      await stage.repod("serve", "10.11.0.1");
      await stage.become("serve", ["10.11.0.1"]);
    }
    assert.deepEqual(
      sync.told.filter((it) => it.startsWith("restarted member2")),
      [],
    );
  });

  it("comes through a server that asks it to wait, whatever it asks for", async () => {
    const sync = await current();
    const busy = { kind: "answer", status: 429, headers: { "retry-after": "1" } } as const;
    const writes: Rule = { when: isWrite, times: 2, fault: busy };
    breaks({ when: isWatch, times: 3, fault: busy });
    undo.push(stage.proxies.member2.add(writes));
    stage.proxies.member1.toWatches("break");
    await stage.repod("serve", "10.11.0.4");
    await stage.become("serve", ["10.11.0.4"]);
    await sync.tells(/^restarted member1 /);
  });

  it("gathers what changes without end, and the last word is what stands", async () => {
    const sync = await current();
    const before = sync.writes.length;
    const began = performance.now();
    let changes = 0;
    const storm = async (writer: number) => {
      while (performance.now() - began < 4_000)
        await stage.repod("serve", `10.11.${writer + 1}.${1 + (changes++ % 250)}`);
    };
    await Promise.all([0, 1, 2, 3].map(storm));
    await stage.repod("serve", "10.11.0.5");
    await stage.become("serve", ["10.11.0.5"]);
    const written = sync.writes.length - before;
    // How often is the queue's rule, which its own test holds on a clock that no machine slows down.
    assert.ok(4 * written < changes, `${written} writes for ${changes} changes`);
  });

  it("takes endpoints along that are moved to another Service by their label, from the one to the other", async () => {
    await stage.offer("other", "10.11.0.6");
    await stage.importing("other");
    await current();
    await stage.become("other", ["10.11.0.6"]);
    const labels = (name: string) => ({ metadata: { labels: { [LABEL.serviceName]: name } } });
    await stage.api("member1")("PATCH", `${SLICES}/serve`, labels("other"));
    await stage.become("other", ["10.11.0.1", "10.11.0.6"]);
    await stage.become("serve", []);
    await stage.api("member1")("PATCH", `${SLICES}/serve`, labels("serve"));
    await stage.become("serve", ["10.11.0.1"]);
    await stage.become("other", ["10.11.0.6"]);
  });

  it("writes nothing when the schema of the CRD changes, nor when its versions are not served, and goes on after", async () => {
    const sync = await current();
    const api = stage.api("member1");
    const serving = async (served: boolean) => {
      const { spec } = (await api("GET", EXPORT_CRD)) as ExportCrd;
      const versions = spec.versions.map((one) => ({ ...one, served }));
      await api("PATCH", EXPORT_CRD, { spec: { versions } });
    };
    const { spec } = (await api("GET", EXPORT_CRD)) as ExportCrd;
    const versions = spec.versions.map((one) => ({
      ...one,
      schema: { openAPIV3Schema: { ...one.schema.openAPIV3Schema, description: "Another text." } },
    }));
    await api("PATCH", EXPORT_CRD, { spec: { versions } });
    await stage.quiet(sync, QUIET_MS);
    await serving(false);
    await stage.quiet(sync, QUIET_MS);
    assert.deepEqual(await stage.endpoints("serve"), ["10.11.0.1"]);
    await serving(true);
    await stage.repod("serve", "10.11.0.7");
    await stage.become("serve", ["10.11.0.7"]);
  });

  it("takes along what came from a member that has left, which one that cannot be read never is", async () => {
    let tell: (change: MembersChange) => void = () => undefined;
    const [member1, member2] = [stage.member("member1"), stage.member("member2")];
    const members = {
      current: async () => [member1, member2],
      subscribe: (listener: typeof tell) => {
        tell = listener;
        return () => undefined;
      },
    };
    const sync = await current({ members });
    await stage.proxies.member1.down();
    await sync.tells("member1 unreadable");
    await stage.quiet(sync, QUIET_MS);
    assert.deepEqual(await stage.endpoints("serve"), ["10.11.0.1"]);
    tell({ type: "removed", id: "member1" });
    await stage.become("serve", []);
    await stage.proxies.member1.up();
    tell({ type: "added", member: member1 });
    await stage.become("serve", ["10.11.0.1"]);
  });

  it("goes on by itself when a credential plugin works again, which is run once for all that wait for it", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "pulumi-mcs-plugin-"));
    const [runs, broken, command] = ["runs", "broken", "plugin.cjs"].map((name) => path.join(folder, name)) as [
      string,
      string,
      string,
    ];
    const token = await accountToken(stage.api("member1"), 3_600);
    const credential = JSON.stringify({
      ...{ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential" },
      status: { token },
    });
    const lines = [
      `#!${process.execPath}`,
      `const { appendFileSync, existsSync } = require("node:fs");`,
      `appendFileSync(${JSON.stringify(runs)}, "x");`,
      `if (existsSync(${JSON.stringify(broken)})) process.exit(1);`,
      `console.log(${JSON.stringify(credential)});`,
    ];
    writeFileSync(command, lines.join("\n"), { mode: 0o700 });
    const config = parse(stage.proxies.member1.kubeconfig) as { users: { user: object }[] };
    config.users[0]!.user = { exec: { apiVersion: "client.authentication.k8s.io/v1", command } };
    const kubeconfig = stringify(config);
    const member1 = { id: "member1", connect: () => connect({ id: "member1", kubeconfig, timeoutSeconds: 5 }) };
    try {
      const sync = await current({ members: fixedMembers([member1, stage.member("member2")]) });
      assert.equal(readFileSync(runs, "utf8"), "x");
      writeFileSync(broken, "");
      breaks({ fault: { kind: "answer", status: 401 } });
      stage.proxies.member1.toWatches("break");
      await stage.repod("serve", "10.11.0.8");
      await sync.tells("member1 unreadable");
      assert.deepEqual(await stage.endpoints("serve"), ["10.11.0.1"]);
      undo.splice(0).forEach((back) => back());
      rmSync(broken);
      await stage.become("serve", ["10.11.0.8"]);
    } finally {
      await running?.stop();
      running = undefined;
      rmSync(folder, { recursive: true });
    }
  });

  it("elects one leader and then the next, whatever minutes their clocks are apart", async () => {
    const { adminKubeconfig } = stage.clusters.members["member1"]!;
    const member = await connect({ id: "member1", kubeconfig: adminKubeconfig, timeoutSeconds: 1 });
    const stands = (identity: string, aheadMs: number) =>
      startElection({
        ...{ member, identity, lease: { namespace: "default", name: "skewed" }, times: TIMES },
        date: () => Date.now() + aheadMs,
      });
    const elections = [stands("ahead", 600_000)];
    try {
      await elections[0]!.leading;
      for (const [identity, aheadMs] of Object.entries({ behind: -600_000, ...(full && { right: 0 }) })) {
        const [before, next] = [elections.at(-1)!, stands(identity, aheadMs)];
        elections.push(next);
        let leads = false;
        void next.leading.then(() => (leads = true));
        await sleep(1_500 * TIMES.leaseSeconds);
        assert.deepEqual([leads, before.gate.mayWrite(), next.gate.mayWrite()], [false, true, false]);
        await before.stop();
        await next.leading;
        assert.deepEqual([before.gate.mayWrite(), next.gate.mayWrite()], [false, true]);
      }
    } finally {
      await Promise.all(elections.map((one) => one.stop()));
      await member.close();
    }
    held({ area: "outage", what: "clocks ten minutes apart, during an election", on: "pipeline" });
  });
});
