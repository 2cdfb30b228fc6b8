/** Events: what happened, once, where it concerns somebody. */
import assert from "node:assert/strict";
import type { SeriesEvent } from "../../../../provider/mcs/process-objects";
import { MemberError } from "../../../../provider/reconcile/member-error";
import type { ServiceView } from "../../../../provider/reconcile/intent";
import { eventRecorder, type Told } from "../../../../provider/sync/events/event-recorder";
import { transitionEvents } from "../../../../provider/sync/events/transition-events";
import { memoryMember, type MemoryMember, type MemoryRequest } from "../../../support/memory-member";

const KEY = { namespace: "default", name: "serve" };
const MINUTE = 60_000;

describe("a recorder of Events", () => {
  let member: MemoryMember;
  let now: number;
  let answers: (request: MemoryRequest) => void;
  let tell: (told: Told) => Promise<void>;

  beforeEach(() => {
    now = Date.parse("2026-01-01T00:00:00Z");
    answers = () => undefined;
    member = memoryMember({ id: "member1", intercept: (request) => answers(request) });
    member.put("ServiceExport", { metadata: KEY });
    tell = eventRecorder({ member, instance: "pod_1", now: () => now });
  });
  const conflict = (note = "ports differ"): Told => ({
    kind: "ServiceExport",
    ref: KEY,
    type: "Warning",
    reason: "Conflict",
    action: "Merge",
    note,
  });
  const events = async (): Promise<readonly SeriesEvent[]> => member.list("SeriesEvent");

  it("makes one on the object, with its uid, so that kubectl describe shows it", async () => {
    await tell(conflict("two\nlines"));
    const [event, ...more] = await events();
    assert.deepEqual(more, []);
    const { uid } = (await member.get("ServiceExport", KEY))!.metadata;
    assert.deepEqual(event?.regarding, {
      apiVersion: "multicluster.x-k8s.io/v1beta1",
      kind: "ServiceExport",
      ...KEY,
      uid,
    });
    assert.deepEqual([event?.eventTime, event?.series], ["2026-01-01T00:00:00.000000Z", undefined]);
    assert.ok(!/\n/.test(event?.note ?? ""));
  });

  it("counts what comes again within minutes in the same one, and makes another one after that", async () => {
    await tell(conflict());
    now += 5 * MINUTE;
    await tell(conflict());
    now += 5 * MINUTE;
    await tell(conflict());
    const [event] = await events();
    assert.deepEqual(event?.series, { count: 3, lastObservedTime: "2026-01-01T00:10:00.000000Z" });
    now += 6 * MINUTE;
    await tell(conflict());
    assert.equal((await events()).length, 2);
  });

  it("is not endless: 25 of one object at once, then one each five minutes", async () => {
    for (let n = 0; n < 40; n += 1) await tell({ ...conflict(), reason: `Reason${n}` });
    assert.equal((await events()).length, 25);
    now += 5 * MINUTE;
    for (let n = 0; n < 5; n += 1) await tell({ ...conflict(), reason: `Later${n}` });
    assert.equal((await events()).length, 26);
  });

  it("counts those that are told at the same moment one after the other", async () => {
    await Promise.all([tell(conflict()), tell(conflict()), tell(conflict())]);
    assert.deepEqual(
      (await events()).map(({ series }) => series?.count),
      [3],
    );
  });

  it("says nothing of an object that is gone, and takes no failure for one", async () => {
    await tell({ ...conflict(), ref: { ...KEY, name: "gone" } });
    answers = () => {
      throw new MemberError("forbidden", "member1", "member1: not allowed");
    };
    await tell(conflict());
    answers = () => undefined;
    assert.deepEqual(await events(), []);
    await tell(conflict());
    assert.equal((await events()).length, 1);
  });
});

describe("what is told as an Event", () => {
  let told: string[];
  const observer = () =>
    transitionEvents({
      inMember: (member, { type, reason, kind, ref }) =>
        void told.push(`${member} ${kind} ${ref.name}: ${type} ${reason}`),
      onLease: ({ type, reason }) => void told.push(`lease: ${type} ${reason}`),
    });
  beforeEach(() => (told = []));
  const view = (conflict: boolean): ServiceView => ({
    exports: { member1: { valid: true, ready: true, conflict, messages: [] } },
    ...{ imports: {}, conflicts: [], skipped: {}, unreadableMembers: [], allUnreadable: false },
  });
  const pass = {
    key: KEY,
    result: "unchanged",
    milliseconds: 1,
    waited: 0,
    retries: 0,
    writes: 0,
    failures: [],
    warnings: [],
  } as const;

  it("is a conflict that begins or ends, and not one that was there before or lasts", () => {
    const it = observer();
    for (const conflict of [true, true, false, false, true]) it.reconciled?.({ ...pass, view: view(conflict) });
    it.reconciled?.(pass);
    it.reconciled?.({ ...pass, view: view(true) });
    assert.deepEqual(told, [
      "member1 ServiceExport serve: Normal ConflictResolved",
      "member1 ServiceExport serve: Warning Conflict",
    ]);
  });

  it("is an import that was made, and no other write", () => {
    const it = observer();
    const write = { member: "member2", kind: "ServiceImport", verb: "create", ...KEY, milliseconds: 1 } as const;
    it.written?.({ ...write, error: "forbidden" });
    it.written?.({ ...write, kind: "EndpointSlice" });
    it.written?.({ ...write, verb: "update" });
    it.written?.(write);
    assert.deepEqual(told, ["member2 ServiceImport serve: Normal Imported"]);
  });

  it("is a member that cannot be read any more, and is again: once, and not for each service", () => {
    const it = observer();
    for (const state of ["reading", "live", "unreadable", "unreadable", "reading", "live", "live"] as const)
      it.memberState?.({ member: "member1", state, since: 0 });
    assert.deepEqual(told, ["lease: Warning MemberUnreadable", "lease: Normal MemberReadable"]);
  });
});
