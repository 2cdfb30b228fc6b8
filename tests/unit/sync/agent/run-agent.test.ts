/** The process in a cluster: who writes, what is seen from outside, and in which order it ends. Lease in memory, time virtual, HTTP real. */
import assert from "node:assert/strict";
import { MemberError } from "../../../../provider/reconcile/member-error";
import { type AgentEnd, type AgentOptions, type AgentParts, runAgent } from "../../../../provider/sync/agent/run-agent";
import { fixedMembers, type MembersChange } from "../../../../provider/sync/seams/sync-members";
import { memoryMember, type MemoryMember, type MemoryRequest } from "../../../support/memory-member";
import { settled, virtualClock, type VirtualClock } from "../../../support/virtual-clock";

const LEASE = { namespace: "default", name: "pulumi-mcs-sync" };

describe("the agent", () => {
  let clock: VirtualClock;
  let cluster: MemoryMember;
  let answers: (request: MemoryRequest) => void;
  let running: { readonly stop: AbortController; readonly end: Promise<AgentEnd | Error> }[];

  beforeEach(() => {
    clock = virtualClock();
    answers = () => undefined;
    cluster = memoryMember({ id: "home", intercept: (request) => answers(request) });
    running = [];
  });
  afterEach(async () => {
    answers = () => undefined;
    for (const { stop } of running) stop.abort();
    const all = Promise.all(running.map(({ end }) => end));
    await clock.advance(60_000);
    await all;
  });

  interface Agent {
    readonly parts: AgentParts;
    readonly lines: readonly string[];
    readonly port: number;
    readonly stop: AbortController;
    readonly end: Promise<AgentEnd | Error>;
    /** What it runs ends. */
    finish(error?: Error): void;
  }

  /** @param obeys what it runs ends when it is asked to */
  async function agent(
    identity: string,
    { obeys = true, ...more }: Partial<AgentOptions> & { readonly obeys?: boolean } = {},
  ): Promise<Agent> {
    const stop = new AbortController();
    const lines: string[] = [];
    let parts: AgentParts | undefined;
    let port = 0;
    let finish: (error?: Error) => void = () => undefined;
    const end = runAgent({
      clock,
      host: "127.0.0.1",
      port: 0,
      listening: (at) => (port = at),
      members: () => fixedMembers([]),
      lease: { ...LEASE, identity, connect: async () => cluster },
      log: ({ message }) => lines.push(message),
      signal: stop.signal,
      start(given) {
        parts = given;
        return {
          run: (signal) =>
            new Promise((resolve, reject) => {
              finish = (error) => (error ? reject(error) : resolve());
              if (obeys) signal.addEventListener("abort", () => resolve());
            }),
        };
      },
      ...more,
    }).catch((error: Error) => error);
    running.push({ stop, end });
    while (parts === undefined) await new Promise((resolve) => setImmediate(resolve));
    await settled();
    return { parts, lines, port, stop, end, finish: (error) => finish(error) };
  }
  const get = async ({ port }: Agent, path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  const holder = async () => (await cluster.get("Lease", LEASE))?.spec?.holderIdentity;
  const leads = async (one: Agent) =>
    (await get(one, "/metrics")).text.includes('leader_election_master_status{name="pulumi-mcs-sync"} 1');

  it("writes where it leads, and stands by where another one does, which its metrics tell", async () => {
    const [one, other] = [await agent("one"), await agent("other")];
    assert.deepEqual([one.parts.gate.mayWrite(), other.parts.gate.mayWrite()], [true, false]);
    assert.deepEqual([await leads(one), await leads(other)], [true, false]);
    assert.deepEqual(other.lines, ["one leads; this process stands by"]);
  });

  it("is ready once all members that can be reached are read, as a standby too", async () => {
    await agent("one");
    const other = await agent("other");
    other.parts.observer.memberState?.({ member: "member1", state: "reading", since: 0 });
    assert.deepEqual(await get(other, "/readyz"), { status: 503, text: "not read yet: member1\n" });
    other.parts.observer.memberState?.({ member: "member1", state: "unreadable", since: 0 });
    other.parts.observer.started?.({ milliseconds: 3, read: [], unreadable: ["member1"] });
    assert.equal((await get(other, "/readyz")).status, 200);
    other.parts.observer.memberState?.({ member: "member2", state: "reading", since: 0 });
    assert.equal((await get(other, "/readyz")).status, 200, "a member that joins later");
    assert.equal((await get(other, "/healthz")).status, 200);
  });

  it("ends in order: first what it runs, whose last writes it may still do, then the lease", async () => {
    const one = await agent("one", { obeys: false });
    one.stop.abort();
    await clock.advance(20_000);
    assert.equal(await holder(), "one", "it is renewed while something is under way");
    assert.ok(one.parts.gate.mayWrite());
    one.finish();
    assert.equal(await one.end, "stopped");
    assert.equal(await holder(), "");
    await assert.rejects(get(one, "/healthz"));
  });

  it("ends as lost without waiting for what it runs", async () => {
    const one = await agent("one", { obeys: false });
    answers = () => {
      throw new MemberError("unreachable", "home", "home: no route");
    };
    await clock.advance(11_000);
    assert.equal(await one.end, "lost");
    assert.ok(one.parts.gate.signal.aborted);
    assert.ok(one.lines.some((line) => line.includes("nothing is written any more")));
  });

  it("gives the lease up where what it runs fails, and says why", async () => {
    const one = await agent("one");
    one.finish(new Error("the members cannot be told"));
    const end = await one.end;
    assert.ok(end instanceof Error && end.message === "the members cannot be told");
    assert.equal(await holder(), "");
  });

  it("tells Events over the connection that the process has, and of a member as a whole on the lease, where it leads", async () => {
    const member1 = memoryMember({ id: "member1" });
    member1.put("ServiceImport", {
      metadata: { namespace: "default", name: "serve" },
      spec: { type: "ClusterSetIP", ports: [] },
    });
    const members = () => fixedMembers([{ id: "member1", connect: async () => member1 }]);
    const [one, other] = [await agent("one", { members }), await agent("other", { members })];
    for (const { parts } of [one, other]) {
      await (await parts.members.current())[0]!.connect();
      parts.observer.memberState?.({ member: "member1", state: "unreadable", since: 0 });
    }
    const made = {
      member: "member1",
      kind: "ServiceImport",
      verb: "create",
      namespace: "default",
      name: "serve",
    } as const;
    one.parts.observer.written?.({ ...made, milliseconds: 1 });
    await settled();
    assert.deepEqual(
      (await member1.list("SeriesEvent")).map(({ reason, reportingInstance }) => [reason, reportingInstance]),
      [["Imported", "one"]],
    );
    const onLease = await cluster.list("SeriesEvent");
    assert.deepEqual(
      onLease.map(({ reason, reportingInstance }) => [reason, reportingInstance]),
      [["MemberUnreadable", "one"]],
    );
  });

  it("always writes where there is no lease", async () => {
    const one = await agent("one", { lease: undefined });
    assert.ok(one.parts.gate.mayWrite());
    assert.equal(await holder(), undefined);
  });

  it("forgets the series of a member that leaves, and tells of a configuration that is wrong", async () => {
    let change: (change: MembersChange) => void = () => undefined;
    let problem: (message: string | undefined) => void = () => undefined;
    const one = await agent("one", {
      members(_gate, told) {
        problem = told;
        return { current: async () => [], subscribe: (listener) => ((change = listener), () => undefined) };
      },
    });
    const heard: MembersChange[] = [];
    one.parts.members.subscribe?.((it) => heard.push(it));
    one.parts.observer.memberState?.({ member: "member1", state: "live", since: 0 });
    assert.ok((await get(one, "/metrics")).text.includes('member_cluster="member1"'));
    change({ type: "removed", id: "member1" });
    assert.deepEqual(heard, [{ type: "removed", id: "member1" }]);
    assert.ok(!(await get(one, "/metrics")).text.includes('member_cluster="member1"'));
    problem("clusterset.yaml: it does not parse as YAML");
    problem(undefined);
    assert.deepEqual(one.lines.slice(-2), [
      "clusterset.yaml: it does not parse as YAML; the members stay as they are",
      "the configuration can be used again",
    ]);
  });
});
