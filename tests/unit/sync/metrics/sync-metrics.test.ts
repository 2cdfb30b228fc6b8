/** The process as Prometheus sees it, over real HTTP. */
import assert from "node:assert/strict";
import type { ServiceView } from "../../../../provider/reconcile/intent";
import { METRICS } from "../../../../provider/sync/metrics/metric-names";
import { type HealthServer, startHealthServer } from "../../../../provider/sync/metrics/health-server";
import {
  createSyncMetrics,
  type SyncMetrics,
  type SyncMetricsOptions,
} from "../../../../provider/sync/metrics/sync-metrics";

const KEY = { namespace: "shop", name: "serve" };
const view = (change: Partial<ServiceView> = {}): ServiceView => ({
  exports: { member1: { valid: true, ready: true, conflict: false, messages: [] } },
  imports: {
    member2: {
      type: "ClusterSetIP",
      derivedService: "derived-serve",
      clusterIPs: ["10.0.0.1"],
      ipFamilies: ["IPv4"],
      ports: [],
      endpoints: { total: 3, ready: 2 },
      sources: { member1: 3 },
    },
  },
  conflicts: [],
  skipped: {},
  unreadableMembers: [],
  allUnreadable: false,
  ...change,
});
const pass = { key: KEY, milliseconds: 20, waited: 5, retries: 0, writes: 1, failures: [], warnings: [] } as const;

describe("metrics of sync", () => {
  let metrics: SyncMetrics;
  let server: HealthServer | undefined;
  let why: string | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  async function begin(options: SyncMetricsOptions = {}): Promise<void> {
    metrics = createSyncMetrics({ process: false, now: () => 1_000_000, ...options });
    server = await startHealthServer({ port: 0, host: "127.0.0.1", metrics, notReady: () => why });
  }
  const get = async (path: string, method = "GET") => {
    const answer = await fetch(`http://127.0.0.1:${server!.port}${path}`, { method });
    return { status: answer.status, text: await answer.text(), type: answer.headers.get("content-type") };
  };
  /** Series of that name, as they are scraped. */
  const series = async ({ name }: { readonly name: string }) =>
    (await get("/metrics")).text
      .split("\n")
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));

  it("have every name that the table has, before anything happened", async () => {
    await begin();
    const { text, type } = await get("/metrics");
    assert.equal(type, "text/plain; version=0.0.4; charset=utf-8");
    for (const { name, type: kind } of Object.values(METRICS))
      assert.ok(text.includes(`# TYPE ${name} ${kind}\n`), name);
  });

  it("tell of a member one state at a time, why it could not be read, and when it last could", async () => {
    await begin();
    metrics.observer.memberState?.({ member: "member1", state: "live", since: 400_000 });
    assert.deepEqual(await series(METRICS.lastContact), [`${METRICS.lastContact.name}{member_cluster="member1"} 1000`]);
    metrics.observer.memberState?.({
      member: "member1",
      state: "unreadable",
      since: 500_000,
      why: { code: "unreachable", message: "" },
    });
    assert.deepEqual(
      (await series(METRICS.syncStatus)).filter((line) => line.endsWith(" 1")),
      [`${METRICS.syncStatus.name}{member_cluster="member1",status="unreadable"} 1`],
    );
    assert.deepEqual(await series(METRICS.lastContact), [`${METRICS.lastContact.name}{member_cluster="member1"} 500`]);
    assert.deepEqual(await series(METRICS.memberFailures), [
      `${METRICS.memberFailures.name}{member_cluster="member1",reason="unreachable"} 1`,
    ]);
    metrics.forget("member1");
    assert.deepEqual([await series(METRICS.syncStatus), await series(METRICS.lastContact)], [[], []]);
  });

  it("tell each export and import as it was after its last pass, and nothing of one that is gone", async () => {
    await begin();
    metrics.observer.reconciled?.({ ...pass, result: "done", view: view() });
    const labels = 'namespace="shop",serviceexport="serve"';
    assert.deepEqual(await series(METRICS.exportCondition), [
      `${METRICS.exportCondition.name}{member_cluster="member1",${labels},condition="Valid",status="true"} 1`,
      `${METRICS.exportCondition.name}{member_cluster="member1",${labels},condition="Ready",status="true"} 1`,
      `${METRICS.exportCondition.name}{member_cluster="member1",${labels},condition="Conflict",status="false"} 1`,
    ]);
    assert.deepEqual(await series(METRICS.importClusters), [
      `${METRICS.importClusters.name}{member_cluster="member2",namespace="shop",serviceimport="serve"} 1`,
    ]);
    metrics.observer.reconciled?.({ ...pass, result: "failed" });
    metrics.observer.reconciled?.({
      ...pass,
      result: "failed",
      view: view({ exports: {}, imports: {}, unreadableMembers: ["member1"] }),
    });
    metrics.observer.reconciled?.({ ...pass, result: "done", view: view() });
    assert.equal((await series(METRICS.exportInfo)).length, 1, "not told is not gone");
    metrics.observer.reconciled?.({ ...pass, result: "done", view: view({ exports: {}, imports: {} }) });
    assert.deepEqual([await series(METRICS.exportInfo), await series(METRICS.importInfo)], [[], []]);
  });

  it("have series of their own for so many services only, and say how many more there are", async () => {
    await begin({ services: 2 });
    for (const name of ["a", "b", "c"])
      metrics.observer.reconciled?.({ ...pass, key: { namespace: "shop", name }, result: "unchanged", view: view() });
    assert.equal((await series(METRICS.exportInfo)).length, 2);
    assert.deepEqual(await series(METRICS.untoldServices), [`${METRICS.untoldServices.name} 1`]);
  });

  it("are told bit by bit, so that renewals and writes go on meanwhile, and whole to two who ask at once", async () => {
    await begin();
    for (let n = 0; n < 1_000; n += 1)
      metrics.observer.reconciled?.({
        ...pass,
        key: { namespace: "shop", name: `s${n}` },
        result: "done",
        view: view(),
      });
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    turn();
    const texts = await Promise.all([metrics.text(), metrics.text()]);
    isOver = true;
    const infos = (text: string) =>
      text.split("\n").filter((line) => line.startsWith(`${METRICS.exportInfo.name}{`)).length;
    assert.deepEqual(texts.map(infos), [1_000, 1_000]);
    assert.ok(turns > 20, String(turns));
  });

  it("count writes by what came of them, and passes again as retries of the queue", async () => {
    await begin({ name: "one" });
    const write = { member: "member2", kind: "EndpointSlice", verb: "update", name: "a", milliseconds: 3 } as const;
    metrics.observer.written?.(write);
    metrics.observer.written?.({ ...write, error: "fenced" });
    metrics.observer.reconciled?.({ ...pass, result: "unchanged", retries: 2 });
    metrics.leading(true);
    const labels = 'member_cluster="member2",kind="EndpointSlice",verb="update"';
    assert.deepEqual(await series(METRICS.writes), [
      `${METRICS.writes.name}{${labels},code="ok"} 1`,
      `${METRICS.writes.name}{${labels},code="fenced"} 1`,
    ]);
    assert.deepEqual(await series(METRICS.queueRetries), ['workqueue_retries_total{name="one"} 1']);
    assert.deepEqual(await series(METRICS.leader), ['leader_election_master_status{name="one"} 1']);
  });

  it("stand beside health and readiness, which says why not", async () => {
    await begin();
    why = "member1 is not read yet";
    assert.deepEqual(
      { ...(await get("/readyz")), type: "" },
      { status: 503, text: "member1 is not read yet\n", type: "" },
    );
    assert.equal((await get("/healthz")).status, 200);
    why = undefined;
    assert.equal((await get("/readyz")).status, 200);
    assert.equal((await get("/debug")).status, 404);
    assert.equal((await get("/metrics", "POST")).status, 405);
  });

  it("say that a port is taken, and what to do", async () => {
    await begin();
    const again = startHealthServer({ port: server!.port, host: "127.0.0.1", metrics, notReady: () => undefined });
    await assert.rejects(again, /port \d+ for metrics and health cannot be had \(EADDRINUSE\): give another one/);
  });
});
