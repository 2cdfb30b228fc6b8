/** API servers that are killed, and etcd that is restored from a backup, under a process that goes on: nothing is lost, and nothing is believed for ever. */
import assert from "node:assert/strict";
import { full, held } from "../../support/evidence";
import { type RunningSync, SyncStage } from "./sync-stage";

/** So that a number of another history, at which a server is silent, is looked at soon: by default after 5 to 10 minutes, or a bookmark. */
const BRIEF = { seconds: () => 6 };

describe("pulumi-mcs sync, where a member's server restarts", function () {
  this.timeout(180_000);
  let stage: SyncStage;
  let sync: RunningSync;

  before(async function () {
    this.timeout(600_000);
    stage = await SyncStage.start();
    await stage.offer("serve", "10.11.0.1");
    await stage.importing("serve");
    sync = stage.sync({ watchTimes: BRIEF, auditMinutes: 0 });
    await stage.become("serve", ["10.11.0.1"]);
  });
  after(async function () {
    this.timeout(60_000);
    await sync?.stop();
    await stage?.stop();
  });

  it("keeps what came from an API server that was killed, and is current again when it is back", async () => {
    const removed = () => sync.writes.filter(({ verb }) => verb === "remove");
    await stage.clusters.members["member1"]!.restart();
    assert.deepEqual(await stage.endpoints("serve"), ["10.11.0.1"]);
    await stage.repod("serve", "10.11.0.2");
    await stage.become("serve", ["10.11.0.2"]);
    assert.deepEqual(removed(), []);
    held({ area: "outage", what: "API server killed and started again, during sync", on: "pipeline" });
  });

  it("serves what a restored exporter holds, though its numbers went back and no watch says so", async () => {
    const restore = await stage.clusters.members["member1"]!.backup();
    await stage.become("serve", ["10.11.0.2"]);
    for (let n = 0; n < 50; n += 1) await stage.repod("serve", `10.11.1.${n + 1}`);
    await stage.offer("later", "10.11.0.3");
    await stage.importing("later");
    await stage.become("later", ["10.11.0.3"]);
    await stage.become("serve", ["10.11.1.50"]);
    await restore();
    await stage.become("serve", ["10.11.0.2"]);
    await stage.become("later", []);
    await stage.repod("serve", "10.11.0.4");
    await stage.become("serve", ["10.11.0.4"]);
    held({ area: "outage", what: "etcd restored from a backup, during sync", on: "pipeline" });
  });

  // The second of two that take long.
  if (!full) return;
  it("brings a restored importer to what it should hold by now", async () => {
    const restore = await stage.clusters.members["member2"]!.backup();
    await stage.repod("serve", "10.11.0.5");
    await stage.become("serve", ["10.11.0.5"]);
    await restore();
    await stage.become("serve", ["10.11.0.5"]);
    held({ area: "outage", what: "etcd restored from a backup, during sync", on: "pipeline" });
  });
});
