/** One Lease a source cluster in each importing one (KEP-1645, Endpoint TTL), and what an outage is measured by. */
import assert from "node:assert/strict";
import type { Lease } from "../../../../provider/mcs/process-objects";
import { LABEL } from "../../../../provider/mcs/marks";
import { outagesOf } from "../../../../provider/mcs/outage/outages";
import { MemberError } from "../../../../provider/reconcile/member-error";
import type { ServiceView } from "../../../../provider/reconcile/intent";
import { confirmedBy, renewedSourceLease } from "../../../../provider/sync/lease/source-lease";
import { type SourceLeases, sourceLeases } from "../../../../provider/sync/lease/source-leases";
import { OPEN_GATE, type WriteGate } from "../../../../provider/sync/seams/write-gate";
import { memoryMember, type MemoryMember, type MemoryRequest } from "../../../support/memory-member";
import { spec } from "../../../support/spec";
import { settled, virtualClock, type VirtualClock } from "../../../support/virtual-clock";

const START = Date.parse("2026-01-01T00:00:00Z");
const SECOND = 1_000;

describe("Leases of sources", () => {
  let clock: VirtualClock;
  let members: Map<string, MemoryMember>;
  let answers: (request: MemoryRequest) => void;
  let problems: string[];
  let ended: AbortController;
  const now = () => START + clock.now();

  beforeEach(() => {
    clock = virtualClock();
    answers = () => undefined;
    problems = [];
    ended = new AbortController();
    const made = (id: string, skewMs = 0) =>
      memoryMember({ id, intercept: (request) => answers(request), skewMs: () => skewMs });
    members = new Map([
      ["member1", made("member1")],
      ["member2", made("member2")],
      ["member3", made("member3", 600 * SECOND)],
    ]);
  });
  afterEach(async () => {
    ended.abort();
    await settled();
  });

  function process(gate: WriteGate = OPEN_GATE): SourceLeases {
    const problem = (message: string) => void problems.push(message);
    return sourceLeases({ members: () => members, namespace: "default", identity: "pod_1", gate, problem, clock, now });
  }
  /** member2 and member3 import from member1, member2 from itself too. */
  async function begin(gate?: WriteGate): Promise<SourceLeases> {
    const it = process(gate);
    for (const id of members.keys()) it.observer.memberState?.({ member: id, state: "live", since: now() });
    const of = (sources: Record<string, number>) => ({ sources }) as unknown as ServiceView["imports"][string];
    const view = {
      imports: { member2: of({ member1: 2, member2: 1 }), member3: of({ member1: 2 }) },
    } as unknown as ServiceView;
    const pass = {
      result: "done",
      milliseconds: 1,
      waited: 0,
      retries: 0,
      writes: 1,
      failures: [],
      warnings: [],
    } as const;
    it.observer.reconciled?.({ ...pass, key: { namespace: "default", name: "serve" }, view });
    void it.run(ended.signal);
    await settled();
    return it;
  }
  const leases = async (id: string): Promise<readonly Lease[]> => members.get(id)!.list("Lease");
  const unreadable = (it: SourceLeases, member: string) =>
    it.observer.memberState?.({ member, state: "unreadable", since: now() });

  spec(
    "G11",
    "stand where something is imported from the source, carry its label, and go by the clock of their own cluster",
    async () => {
      await begin();
      assert.deepEqual(await leases("member1"), []);
      const [lease, ...more] = await leases("member2");
      assert.deepEqual(
        [lease?.metadata.name, lease?.metadata.labels?.[LABEL.sourceCluster], more],
        ["pulumi-mcs-source-member1", "member1", []],
      );
      assert.deepEqual(
        [lease?.spec?.leaseDurationSeconds, lease?.spec?.renewTime],
        [120, "2026-01-01T00:00:00.000000Z"],
      );
      assert.equal((await leases("member3"))[0]?.spec?.renewTime, "2026-01-01T00:10:00.000000Z");
    },
  );

  spec("G11", "are renewed each 30 s with one request, and not any more once the source cannot be read", async () => {
    const it = await begin();
    members.get("member2")!.requests.length = 0;
    await clock.advance(60 * SECOND);
    assert.deepEqual(
      members.get("member2")!.requests.map(({ verb }) => verb),
      ["update", "update"],
    );
    unreadable(it, "member1");
    await clock.advance(300 * SECOND);
    assert.equal((await leases("member2"))[0]?.spec?.renewTime, "2026-01-01T00:01:00.000000Z");
  });

  it("are not written by a process that does not lead", async () => {
    await begin({ ...OPEN_GATE, mayWrite: () => false });
    assert.deepEqual(await leases("member2"), []);
  });

  it("are taken over as they stand, and made anew where somebody removed them", async () => {
    members
      .get("member2")!
      .put("Lease", renewedSourceLease("member1", { namespace: "default", identity: "old", now: START }));
    await begin();
    assert.equal((await leases("member2"))[0]?.spec?.holderIdentity, "pod_1");
    members.get("member2")!.drop("Lease", { namespace: "default", name: "pulumi-mcs-source-member1" });
    await clock.advance(30 * SECOND);
    assert.equal((await leases("member2")).length, 1);
  });

  it("are a courtesy: a member that allows none is told of once, and the others have theirs", async () => {
    const failing = members.get("member2")!;
    members.set("member2", {
      ...failing,
      create: () => Promise.reject(new MemberError("forbidden", "member2", "member2: not allowed")),
    });
    await begin();
    await clock.advance(120 * SECOND);
    assert.deepEqual(problems, ["member2: not allowed"]);
    assert.equal((await leases("member3")).length, 1);
  });

  it("tell a later process when an outage began that it did not see", async () => {
    const it = await begin();
    await clock.advance(30 * SECOND);
    unreadable(it, "member1");
    const began = it.confirmed("member1");
    // member2 goes on as a source: somebody is there who would renew.
    members
      .get("member3")!
      .put(
        "Lease",
        renewedSourceLease("member2", { namespace: "default", identity: "pod_1", now: now() + 900 * SECOND }),
      );
    await clock.advance(250 * SECOND);
    const next = process();
    await next.recall();
    assert.equal(next.confirmed("member1"), began);
    assert.equal(next.confirmed("member9"), undefined);
  });

  it("tell nothing where all of them expired: nobody renewed them, which is no outage of any source", async () => {
    await begin();
    ended.abort();
    await clock.advance(600 * SECOND);
    const next = process();
    await next.recall();
    assert.equal(next.confirmed("member1"), now());
  });
});

describe("an outage that Leases tell of", () => {
  const at = (seconds: number) => START + seconds * SECOND;
  const lease = (source: string, seconds: number) => ({
    lease: renewedSourceLease(source, { namespace: "default", identity: "x", now: at(seconds) }),
    skewMs: 0,
  });
  const outage = (confirmed: ReadonlyMap<string, number> | undefined, now: number) =>
    outagesOf({ held: ["a"], policy: { do: "drop", afterSeconds: 60 }, views: [], now, confirmed }).get("a");

  it("begins at the last renewal while another source's Lease is good", () => {
    const confirmed = confirmedBy([lease("a", 0), lease("a", 10), lease("b", 290)], at(300));
    assert.deepEqual(confirmed.get("a"), at(10));
    assert.equal(outage(confirmed, at(300))?.treatment, "remove");
  });

  it("begins now where all expired together, however long ago: nothing is dropped for it yet", () => {
    const confirmed = confirmedBy([lease("a", 0), lease("b", 10)], at(7_200));
    const { treatment, since } = outage(confirmed, at(7_200)) ?? {};
    assert.deepEqual([treatment, since], ["keep", "2026-01-01T02:00:00Z"]);
    assert.equal(outage(undefined, at(7_200))?.treatment, "keep");
  });

  it("is not told by a Lease that somebody edited into nonsense, or from the future", () => {
    const broken = { lease: { ...lease("a", 0).lease, spec: { renewTime: "x" } }, skewMs: 0 };
    assert.equal(confirmedBy([broken, lease("b", 290)], at(300)).get("a"), undefined);
    assert.equal(confirmedBy([lease("a", 9_000)], at(300)).get("a"), at(300));
  });
});
