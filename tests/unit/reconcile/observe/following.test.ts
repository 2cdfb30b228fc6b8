/** From the first write on a member is kept up to date by watches; where it cannot be, its lists are read again. */
import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { MemberError } from "../../../../provider/reconcile/member-error";
import { createFleet, type Fleet } from "../../../../provider/reconcile/observe/fleet";
import { memoryMember, type MemoryMember } from "../../../support/memory-member";

const KEY = { namespace: "default", name: "serve" };
/** As old as what is read may be, in milliseconds. */
const OLD = 5_000;

describe("a member that is followed", () => {
  let now: number;
  let member: MemoryMember;
  let fleet: Fleet;
  let mayWatch: boolean;
  beforeEach(async () => {
    now = 1_000;
    mayWatch = true;
    member = memoryMember({
      id: "a",
      intercept: ({ verb }) => {
        if (verb === "watch" && !mayWatch) throw new MemberError("forbidden", "a", "a: cannot watch: not allowed", 403);
      },
    });
    // Nobody goes on by himself: what is tried again is tried when this test says so.
    const wait = (ms: number) => (ms < 1_000 ? Promise.resolve() : new Promise<void>(() => undefined));
    const waiting = { now: () => now, wait, jitter: () => 0 };
    fleet = createFleet({ ids: ["a"], clock: () => now, waiting, connect: async () => member });
    await fleet.read(0);
  });
  afterEach(() => fleet.close());

  const exportIt = () => member.put("ServiceExport", { metadata: { ...KEY } });
  const lists = () => member.requests.filter(({ verb }) => verb.startsWith("list")).length;
  async function read(maxAge = OLD, notBefore = 0) {
    const reading = (await fleet.read(notBefore, { key: KEY, maxAge })).get("a");
    assert.ok(reading?.state === "read");
    return reading.snapshot;
  }
  async function followed(): Promise<void> {
    fleet.follow();
    while (!fleet.isFollowed()) await turn();
  }

  it("shows what others write, however old its lists are, and none is read again", async () => {
    await followed();
    const before = lists();
    now += 10 * OLD;
    exportIt();
    await turn();
    assert.ok((await read()).exports.has("default/serve"));
    member.drop("ServiceExport", KEY);
    await turn();
    assert.ok(!(await read()).exports.has("default/serve"));
    fleet.expire();
    await read();
    assert.equal(lists(), before);
  });

  it("is not watched before something is to be written: its lists are read again when they are old", async () => {
    const before = lists();
    now += OLD + 1;
    await read();
    assert.equal(lists(), 2 * before);
    assert.deepEqual(member.watched(), []);
  });

  it("has one watch of each kind that matters, however often it is asked for", async () => {
    await followed();
    fleet.follow();
    await followed();
    assert.deepEqual([...member.watched()].sort(), ["EndpointSlice", "Service", "ServiceExport", "ServiceImport"]);
  });

  it("is asked again for what must be later than a moment, and only for that service: a watch that is silent proves nothing", async () => {
    await followed();
    now += 1;
    member.requests.length = 0;
    await read(OLD, now);
    const asked = [...member.requests];
    assert.ok(asked.length > 0 && asked.length <= 8, `${asked.length} requests`);
    assert.ok(asked.every(({ kind, namespace }) => namespace === KEY.namespace || kind === "Namespace"));
    await read(OLD, now);
    assert.equal(member.requests.length, asked.length, "once a moment");
  });

  it("that we may not watch is listed again as before, and not asked for watches again", async () => {
    mayWatch = false;
    fleet.follow();
    await read();
    const before = lists();
    exportIt();
    for (const round of [1, 2]) {
      now += OLD + 1;
      assert.ok((await read()).exports.has("default/serve"));
      assert.equal(lists(), before + 6 * round);
    }
    assert.equal(member.requests.filter(({ verb }) => verb === "watch").length, 4);
    assert.equal(fleet.isFollowed(), false);
  });

  it("that did not let us watch is asked again a minute later: an API server that starts knows no rights yet", async () => {
    mayWatch = false;
    fleet.follow();
    await read();
    mayWatch = true;
    now += 60_000 + 1;
    await read();
    while (!fleet.isFollowed()) await turn();
    const before = lists();
    exportIt();
    await turn();
    assert.ok((await read()).exports.has("default/serve"));
    assert.equal(lists(), before);
  });

  it("whose watches have expired shows what happened meanwhile, and is followed from there", async () => {
    await followed();
    member.endWatches({ reason: "expired" });
    exportIt();
    while (!(await read()).exports.has("default/serve") || !fleet.isFollowed()) await turn();
    assert.equal(member.watched().length, 4);
  });

  it("that does not let its watches begin again is listed again when what is known is old", async () => {
    await followed();
    mayWatch = false;
    member.endWatches({ reason: "closed" });
    while (fleet.isFollowed()) await turn();
    exportIt();
    assert.ok(!(await read()).exports.has("default/serve"), "it was up to date a moment ago");
    now += OLD + 1;
    assert.ok((await read()).exports.has("default/serve"));
  });

  it("whose CRDs go has no exports that are known, and is not followed", async () => {
    await followed();
    for (const name of ["serviceexports", "serviceimports"]) {
      member.put("CustomResourceDefinition", {
        metadata: { name: `${name}.multicluster.x-k8s.io` },
        spec: { group: "multicluster.x-k8s.io", versions: [{ name: "v1alpha1", served: true, storage: true }] },
      });
    }
    member.endWatches({ reason: "clean" }, "ServiceExport");
    while (fleet.isFollowed()) await turn();
    assert.equal((await read()).crds, "outdated");
    assert.equal(fleet.isFollowed(), false);
  });

  it("is asked whether a namespace has come that a service misses", async () => {
    const there = { ...KEY, namespace: "new" };
    await followed();
    member.put("Namespace", { metadata: { name: "new" } });
    now += OLD + 1;
    const reading = (await fleet.read(0, { key: there, maxAge: OLD })).get("a");
    assert.ok(reading?.state === "read" && reading.snapshot.namespaces.has("new"));
  });

  it("that is closed is not asked for anything any more", async () => {
    await followed();
    member.endWatches({ reason: "stopped" });
    while (member.watched().length > 0) await turn();
    member.requests.length = 0;
    for (let n = 0; n < 20; n += 1) await turn();
    assert.deepEqual(member.requests, []);
  });

  it("tells who waits for a service of it, and of no other", async () => {
    await followed();
    const mine = fleet.listen(KEY);
    const others = fleet.listen({ ...KEY, name: "other" });
    let heard = 0;
    void others.next(600_000).then(() => (heard += 1));
    exportIt();
    await mine.next(600_000);
    assert.equal(heard, 0);
    mine.stop();
    others.stop();
  });
});
