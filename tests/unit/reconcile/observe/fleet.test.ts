/** One reading of the clusters for however many services. */
import assert from "node:assert/strict";
import { createFleet } from "../../../../provider/reconcile/observe/fleet";
import type { Fleet } from "../../../../provider/reconcile/observe/fleet";
import { MemberError } from "../../../../provider/reconcile/member-error";
import { KEY } from "../../../support/builders";
import { memoryMember } from "../../../support/memory-member";
import type { MemoryMember } from "../../../support/memory-member";

describe("a fleet", () => {
  let now: number;
  let member: MemoryMember;
  let connects: number;
  let refuse: boolean;
  let fleet: Fleet;
  beforeEach(() => {
    now = 1000;
    connects = 0;
    refuse = false;
    member = memoryMember({ id: "a" });
    fleet = createFleet({
      ids: ["b", "a"],
      clock: () => now,
      connect: async (id) => {
        connects += 1;
        if (refuse || id === "b") throw new MemberError("kubeconfig", id, `cluster "${id}": no such context`);
        return member;
      },
    });
  });
  const readings = () => member.requests.filter((r) => r.verb === "list" && r.kind === "Service").length;

  it("lists its members sorted, and a member that fails beside one that answers", async () => {
    assert.deepEqual(fleet.ids, ["a", "b"]);
    const all = await fleet.read(0);
    assert.deepEqual(
      [...all].map(([id, r]) => `${id} ${r.state}`),
      ["a read", "b unreadable"],
    );
  });

  it("reads once for all who ask for the same time", async () => {
    await Promise.all([fleet.read(0), fleet.read(0), fleet.read(500)]);
    await fleet.read(1000);
    assert.equal(readings(), 1);
  });

  it("reads anew for who needs it newer, once for all of them", async () => {
    await fleet.read(0);
    now = 2000;
    await Promise.all([fleet.read(1500), fleet.read(1600), fleet.read(2000)]);
    assert.equal(readings(), 2);
  });

  it("who needs it newer than a reading under way shares the next", async () => {
    const first = fleet.read(0);
    now = 2000;
    const [second, third] = [fleet.read(1500), fleet.read(1700)];
    assert.notEqual((await first).get("a"), (await second).get("a"));
    assert.equal((await second).get("a"), (await third).get("a"));
    assert.equal(readings(), 2);
  });

  it("what we wrote is known, and nothing is read again for it", async () => {
    await fleet.read(0);
    const connection = await fleet.connect("a");
    assert.ok(connection.state === "connected");
    member.put("Namespace", { metadata: { name: KEY.namespace } });
    const made = await connection.member.create("ServiceExport", { metadata: { ...KEY } });
    const exported = async () => {
      const reading = (await fleet.read(0, { key: KEY })).get("a");
      return reading?.state === "read" ? reading.snapshot.exports.get("demo/serve") : undefined;
    };
    assert.deepEqual(await exported(), made);
    const { uid, resourceVersion } = made.metadata;
    await connection.member.remove("ServiceExport", { ...KEY, uid, resourceVersion });
    assert.equal(await exported(), undefined);
    assert.equal(member.requests.filter(({ verb }) => verb.startsWith("list")).length, 6);
  });

  it("what was read in the millisecond of a doubtful write is not newer than the write: that service is read again", async () => {
    await fleet.read(0);
    member.requests.length = 0;
    member.put("ServiceExport", { metadata: { ...KEY } });
    fleet.doubt(KEY);
    const reading = (await fleet.read(0, { key: KEY })).get("a");
    assert.ok(reading?.state === "read" && reading.snapshot.exports.has("demo/serve"));
    assert.ok(member.requests.every(({ namespace, kind }) => namespace === KEY.namespace || kind === "Namespace"));
    const asked = member.requests.length;
    await fleet.read(0, { key: KEY });
    await fleet.read(0, { key: { ...KEY, name: "other" } });
    assert.equal(member.requests.length, asked);
  });

  it("after it expired, nothing read before is good enough", async () => {
    await fleet.read(0);
    fleet.expire();
    await fleet.read(0);
    assert.equal(readings(), 2);
  });

  it("what was read since it expired is good, also in that very millisecond", async () => {
    fleet.expire();
    await fleet.read(0);
    await fleet.read(0);
    assert.equal(readings(), 1);
    fleet.expire();
    await Promise.all([fleet.read(0), fleet.read(0)]);
    await fleet.read(0);
    assert.equal(readings(), 2);
  });

  it("a clock that is set back makes no reading from before a write good again", async () => {
    await fleet.read(0);
    now = 400;
    fleet.expire();
    await fleet.read(0);
    assert.equal(readings(), 2);
    now = 300;
    fleet.expire();
    await fleet.read(0, { key: KEY });
    assert.equal(readings(), 3);
  });

  it("connects once, and again where it failed", async () => {
    await fleet.read(0);
    assert.equal(connects, 2);
    now = 2000;
    await fleet.read(1500);
    assert.equal(connects, 3, "only b again");
  });

  it("reads the slices of the Services that it watches, though nobody exports them", async () => {
    member.put("EndpointSlice", {
      metadata: { name: "s", namespace: "default", labels: { "kubernetes.io/service-name": "web" } },
      addressType: "IPv4",
      endpoints: [],
      ports: [],
    });
    fleet.watchService("web");
    const reading = (await fleet.read(0)).get("a");
    assert.equal(reading?.state === "read" && reading.snapshot.sourceSlices.get("default/web")?.length, 1);
  });

  it("asks for families and the version once", async () => {
    let probes = 0;
    const probe = async () => ((probes += 1), ["IPv4" as const]);
    await Promise.all([fleet.families("a", probe), fleet.families("a", probe)]);
    assert.equal(probes, 1);
    await fleet.version("a");
    await fleet.version("a");
    assert.equal(member.requests.filter((r) => r.verb === "version").length, 1);
  });

  it("does not remember that the version could not be had", async () => {
    await assert.rejects(fleet.version("b"));
    await assert.rejects(fleet.version("b"));
    assert.equal(connects, 2);
  });

  it("does not take a member that cannot be reached for one without families", async () => {
    await assert.rejects(fleet.families("b", async () => ["IPv4"]));
  });
});
