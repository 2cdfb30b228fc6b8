/** Who leads: client-go's algorithm on virtual time, and the fence that it lacks. */
import assert from "node:assert/strict";
import type { Lease } from "../../../../provider/mcs/process-objects";
import { MemberError } from "../../../../provider/reconcile/member-error";
import { type Election, type ElectionEvent, startElection } from "../../../../provider/sync/lease/leader-election";
import { checkedTimes, LEASE_TIMES } from "../../../../provider/sync/lease/lease-record";
import { memoryMember, type MemoryMember, type MemoryRequest } from "../../../support/memory-member";
import { settled, virtualClock, type VirtualClock } from "../../../support/virtual-clock";

const REF = { namespace: "default", name: "pulumi-mcs-sync" };
const START = Date.parse("2026-01-01T00:00:00Z");

describe("leader election", () => {
  let clock: VirtualClock;
  let member: MemoryMember;
  let answers: (request: MemoryRequest) => void | Promise<void>;
  let elections: Election[];
  const told = new Map<string, ElectionEvent[]>();

  beforeEach(() => {
    clock = virtualClock();
    answers = () => undefined;
    member = memoryMember({ id: "a", intercept: (request) => answers(request) });
    elections = [];
    told.clear();
  });
  afterEach(async () => {
    answers = () => undefined;
    const ended = Promise.all(elections.map((one) => one.stop()));
    await clock.advance(60_000);
    await ended;
  });

  function candidate(identity: string, skewMs = 0): Election {
    told.set(identity, []);
    const tell = (event: ElectionEvent) => void told.get(identity)!.push(event);
    const date = () => START + clock.now() + skewMs;
    const election = startElection({ member, lease: REF, identity, clock, date, tell });
    elections.push(election);
    return election;
  }
  const lease = async (): Promise<Lease> => (await member.get("Lease", REF)) ?? assert.fail("no lease");
  const unreachable = () => {
    throw new MemberError("unreachable", "a", "a: no route");
  };
  const end = async (election: Election) => Promise.race([election.ended, settled().then(() => "goes on" as const)]);

  it("takes a lease that is not there, and writes the record that client-go writes", async () => {
    const one = candidate("one");
    await settled();
    assert.ok(one.gate.mayWrite());
    assert.deepEqual((await lease()).spec, {
      holderIdentity: "one",
      leaseDurationSeconds: 15,
      acquireTime: "2026-01-01T00:00:00.000000Z",
      renewTime: "2026-01-01T00:00:00.000000Z",
      leaseTransitions: 0,
    });
    await clock.advance(2_000);
    const { acquireTime, renewTime } = (await lease()).spec ?? {};
    assert.deepEqual([acquireTime, renewTime], ["2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:02.000000Z"]);
  });

  it("renews with one request each two seconds: it knows the version that it wrote", async () => {
    candidate("one");
    await settled();
    member.requests.length = 0;
    await clock.advance(20_000);
    assert.deepEqual([...new Set(member.requests.map(({ verb }) => verb))], ["update"]);
    assert.equal(member.requests.length, 10);
  });

  it("leaves the lease to whoever renews it, and takes it once the record has stood still for its whole time", async () => {
    const made = (renewTime: string) => ({
      holderIdentity: "go",
      leaseDurationSeconds: 15,
      acquireTime: renewTime,
      renewTime,
      leaseTransitions: 3,
    });
    // As old as can be by our clock: only whether it changes counts.
    member.put("Lease", { metadata: REF, spec: made("2001-01-01T00:00:00.000000Z") });
    const one = candidate("one");
    await clock.advance(14_000);
    member.put("Lease", { ...(await lease()), spec: made("2001-01-01T00:00:14.000000Z") });
    await clock.advance(14_000);
    assert.ok(!one.gate.mayWrite());
    assert.equal(one.leader(), "go");
    await clock.advance(4_000);
    assert.ok(one.gate.mayWrite());
    const { holderIdentity, leaseTransitions } = (await lease()).spec ?? {};
    assert.deepEqual([holderIdentity, leaseTransitions], ["one", 4]);
    assert.deepEqual(told.get("one"), [{ type: "following", leader: "go" }, { type: "leading" }]);
  });

  it("keeps what a Lease holds beside the record", async () => {
    const labels = { team: "shop" };
    member.put("Lease", { metadata: { ...REF, labels }, spec: { holderIdentity: "" } });
    candidate("one");
    await settled();
    assert.deepEqual((await lease()).metadata.labels, labels);
  });

  it("never has two who may write, whatever their clocks say, when the leader cannot renew any more", async () => {
    const one = candidate("one");
    await settled();
    const other = candidate("other", 600_000);
    await settled();
    answers = ({ verb }) => {
      if (verb === "update" && !other.gate.mayWrite()) unreachable();
    };
    let closedAt: number | undefined;
    for (let ms = 0; ms < 14_000; ms += 100) {
      await clock.advance(100);
      assert.ok(!(one.gate.mayWrite() && other.gate.mayWrite()), `both at ${ms} ms`);
      if (!one.gate.mayWrite()) closedAt ??= ms;
    }
    assert.ok(closedAt !== undefined && closedAt <= 10_000, String(closedAt));
    assert.equal(await end(one), "lost");
    answers = () => undefined;
    await clock.advance(6_000);
    assert.ok(other.gate.mayWrite());
  });

  it("counts from the sending of a renewal, not from its late answer", async () => {
    const one = candidate("one");
    await settled();
    answers = async ({ verb }) => void (verb === "update" && (await clock.wait(9_000)));
    // Sent at 2 s and answered at 11 s: too late for what was sent at 0 s.
    await clock.advance(10_000);
    assert.ok(!one.gate.mayWrite());
    assert.equal(await end(one), "lost");
  });

  it("closes by the clock alone: nothing needs to have run in between", async () => {
    let now = 0;
    const still = { ...virtualClock(), now: () => now };
    const one = startElection({ member, lease: REF, identity: "one", clock: still });
    await one.leading;
    assert.ok(one.gate.mayWrite());
    now = 10_000;
    assert.ok(!one.gate.mayWrite());
  });

  it("ends as lost at once where another one holds the lease", async () => {
    const one = candidate("one");
    await settled();
    const spec = { ...(await lease()).spec, holderIdentity: "go", renewTime: "2026-01-01T00:00:01.000000Z" };
    member.put("Lease", { ...(await lease()), spec });
    await clock.advance(2_000);
    assert.equal(await end(one), "lost");
    assert.ok(one.gate.signal.aborted && !one.gate.mayWrite());
    assert.equal((await lease()).spec?.holderIdentity, "go");
  });

  it("goes on leading through failures shorter than its deadline", async () => {
    const one = candidate("one");
    await settled();
    answers = unreachable;
    await clock.advance(7_000);
    answers = () => undefined;
    await clock.advance(20_000);
    assert.ok(one.gate.mayWrite());
    assert.ok(told.get("one")!.some((event) => event.type === "attemptFailed" && event.why === "a: no route"));
  });

  it("gives an attempt up that hangs, and leads once the server answers", async () => {
    let hangs = true;
    answers = () => (hangs ? new Promise<void>(() => undefined) : undefined);
    const one = candidate("one");
    await clock.advance(30_000);
    assert.ok(!one.gate.mayWrite());
    hangs = false;
    await clock.advance(15_000);
    assert.ok(one.gate.mayWrite());
  });

  it("releases what it holds when it is stopped, so that the next one has it at its next attempt", async () => {
    const one = candidate("one");
    await settled();
    const other = candidate("other");
    await settled();
    const stopped = one.stop();
    assert.ok(!one.gate.mayWrite(), "first nothing is written any more");
    assert.equal(await stopped, "stopped");
    const { holderIdentity, leaseDurationSeconds } = (await lease()).spec ?? {};
    assert.deepEqual([holderIdentity, leaseDurationSeconds], ["", 1]);
    await clock.advance(2_000);
    assert.ok(other.gate.mayWrite());
  });

  it("does not release what another one holds", async () => {
    const one = candidate("one");
    await settled();
    const other = candidate("other");
    await settled();
    await other.stop();
    assert.equal((await lease()).spec?.holderIdentity, "one");
    assert.ok(one.gate.mayWrite());
  });

  it("refuses times with which two could lead side by side", () => {
    assert.throws(() => checkedTimes({ ...LEASE_TIMES, renewSeconds: 15 }), /must last longer/);
    assert.throws(() => checkedTimes({ ...LEASE_TIMES, retrySeconds: 9 }), /more than 1.2 times/);
    assert.throws(() => checkedTimes({ ...LEASE_TIMES, leaseSeconds: 15.5 }), /whole seconds/);
  });
});
