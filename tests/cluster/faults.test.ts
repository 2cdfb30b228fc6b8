/** What the member does when its API server, or the way there, misbehaves: a real API server behind a proxy that breaks things. */
import assert from "node:assert/strict";
import type { EndpointSlice, Service } from "../../provider/mcs/api";
import { connect } from "../../provider/kube/connect";
import { isMemberError, type MemberError, type MemberErrorCode } from "../../provider/reconcile/member-error";
import type { Member } from "../../provider/reconcile/member";
import { type RunningClusters, startClusters } from "../controlplane/clusters";
import { type Fault, type Passage, type Proxy, startProxy } from "../support/proxy";

const NAMESPACE = "default";

describe("a member whose API server misbehaves", () => {
  let clusters: RunningClusters;
  let proxy: Proxy;
  let member: Member;
  const undo: (() => void)[] = [];

  before(async function () {
    this.timeout(600_000);
    clusters = await startClusters({ members: [{ id: "member1" }] });
    proxy = await startProxy(clusters.members.member1!.adminKubeconfig);
    member = await connect({ id: "member1", kubeconfig: proxy.kubeconfig, timeoutSeconds: 5 });
  });
  afterEach(() => undo.splice(0).forEach((back) => back()));
  after(async function () {
    this.timeout(60_000);
    await member?.close();
    await proxy?.close();
    await clusters?.stop();
  });

  /** Breaks requests from now on, as long as this test runs. */
  function breaks(fault: Fault, options: { when?: (passage: Passage) => boolean; times?: number } = {}): void {
    undo.push(proxy.add({ fault, ...options }));
    proxy.passages.length = 0;
  }
  async function failure(promise: Promise<unknown>, code: MemberErrorCode): Promise<MemberError> {
    const error: unknown = await promise.then(
      () => assert.fail(`succeeded; expected ${code}`),
      (cause: unknown) => cause,
    );
    assert.ok(isMemberError(error), String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, /^member1: /);
    assert.ok(error.message.length <= 300 && !/[\n\r]/.test(error.message), error.message);
    return error;
  }
  const service = (name: string): Service => ({
    metadata: { name, namespace: NAMESPACE },
    spec: { ports: [{ port: 80 }] },
  });
  const names = async () =>
    (await member.list("Service", { namespace: NAMESPACE })).map(({ metadata }) => metadata.name);

  it("comes back after the server asked it to wait", async function () {
    this.timeout(15_000);
    breaks({ kind: "answer", status: 429, headers: { "retry-after": "1" } }, { times: 1 });
    assert.ok((await names()).includes("kubernetes"));
    assert.equal(proxy.passages.length, 2);
  });

  it("makes an object after a 429, as nothing was done yet", async () => {
    breaks({ kind: "answer", status: 429 }, { times: 1, when: ({ method }) => method === "POST" });
    assert.equal((await member.create("Service", service("after-429"))).metadata.name, "after-429");
  });

  it("gives up on a server that stays overloaded", async function () {
    this.timeout(30_000);
    breaks({ kind: "answer", status: 429, headers: { "retry-after": "60" } });
    const error = await failure(names(), "unavailable");
    assert.equal(error.status, 429);
    assert.equal(proxy.passages.length, 1, "60 s is past the budget: no second attempt");
  });

  it("repeats a read once after a 500, and a create never", async () => {
    breaks({ kind: "answer", status: 500 });
    await failure(names(), "unavailable");
    assert.equal(proxy.passages.length, 2);
    proxy.passages.length = 0;
    await failure(member.create("Service", service("never")), "unavailable");
    assert.equal(proxy.passages.length, 1);
  });

  it("says which credential is refused, and does not ask again", async () => {
    breaks({ kind: "answer", status: 401 });
    const error = await failure(names(), "unauthorized");
    assert.match(error.message, /credential/);
    assert.equal(proxy.passages.length, 1);
  });

  it("tells a refusal from a server that is not there", async () => {
    breaks({ kind: "answer", status: 403 });
    await failure(names(), "forbidden");
  });

  it("does not take a login page for an empty cluster", async () => {
    breaks({ kind: "html" });
    const error = await failure(names(), "unreachable");
    assert.match(error.message, /is not a Kubernetes API/);
    assert.ok(!error.message.includes("log in"), "nothing of the page is passed on");
    await failure(member.get("Service", { namespace: NAMESPACE, name: "kubernetes" }), "unreachable");
    await failure(member.version(), "unreachable");
  });

  it("does not take other JSON for an empty cluster", async () => {
    breaks({ kind: "answer", status: 200, body: "{}" });
    await failure(names(), "unreachable");
    await failure(member.get("Service", { namespace: NAMESPACE, name: "kubernetes" }), "unreachable");
    await failure(member.refused([{ verb: "list", group: "", resource: "services" }]), "unreachable");
  });

  it("does not take a gateway's 404 for a kind that is not served", async () => {
    const lost = {
      kind: "answer",
      status: 404,
      headers: { "content-type": "text/plain" },
      body: "404 page not found\n",
    } as const;
    breaks(lost);
    await failure(names(), "unreachable");
    await failure(member.remove("Service", { namespace: NAMESPACE, name: "kubernetes" }), "unreachable");
    undo.splice(0).forEach((back) => back());
    breaks(lost, { when: ({ path }) => path.endsWith("/services") });
    await failure(names(), "notServed");
  });

  it("repeats a read whose connection broke", async () => {
    breaks({ kind: "reset" }, { times: 2 });
    assert.ok((await names()).includes("kubernetes"));
    assert.equal(proxy.passages.length, 3);
  });

  it("does not repeat a create whose answer was lost, and says that it may have been done", async () => {
    breaks({ kind: "lose" }, { when: ({ method }) => method === "POST" });
    const error = await failure(member.create("Service", service("lost")), "unreachable");
    assert.match(error.message, /may have been made/);
    assert.equal(proxy.passages.length, 1);
    undo.splice(0).forEach((back) => back());
    await failure(member.create("Service", service("lost")), "alreadyExists");
  });

  it("repeats an update whose answer was lost: done once, and a conflict says so", async () => {
    const made = await member.create("Service", service("lost-update"));
    breaks({ kind: "lose" }, { when: ({ method }) => method === "PUT", times: 1 });
    const next = { ...made, metadata: { ...made.metadata, labels: { changed: "yes" } } };
    await failure(member.update("Service", next), "conflict");
    const live = await member.get("Service", { namespace: NAMESPACE, name: "lost-update" });
    assert.equal(live?.metadata.labels?.changed, "yes");
  });

  it("deletes once although the answer was lost", async () => {
    await member.create("Service", service("lost-delete"));
    breaks({ kind: "lose" }, { when: ({ method }) => method === "DELETE", times: 1 });
    await member.remove("Service", { namespace: NAMESPACE, name: "lost-delete" });
    assert.ok(!(await names()).includes("lost-delete"));
  });

  it("gives up on a server that does not answer, and works when it does again", async function () {
    this.timeout(15_000);
    const impatient = await connect({ id: "member1", kubeconfig: proxy.kubeconfig, timeoutSeconds: 0.5 });
    breaks({ kind: "hang" });
    const error = await failure(impatient.list("Service"), "unreachable");
    assert.match(error.message, /did not answer in time/);
    assert.equal(proxy.passages.length, 1);
    undo.splice(0).forEach((back) => back());
    assert.ok((await impatient.list("Service")).length > 0);
    await impatient.close();
  });

  it("waits for a slow server within the deadline", async () => {
    breaks({ kind: "slow", ms: 300 }, { times: 1 });
    assert.ok((await names()).includes("kubernetes"));
    assert.equal(proxy.passages.length, 1);
  });

  it("says that a server refuses connections, and finds it when it is back", async () => {
    await proxy.down();
    const error = await failure(names(), "unreachable");
    assert.match(error.message, /127\.0\.0\.1:\d+ is not reachable \(connection refused\)/);
    await proxy.up();
    assert.ok((await names()).includes("kubernetes"));
  });

  describe("in the middle of a list", () => {
    const COUNT = 501;
    const isContinued = ({ query }: Passage) => query.has("continue");
    const slices = () => member.list("EndpointSlice", { namespace: "many" });

    before(async function () {
      this.timeout(60_000);
      await member.create("Namespace", { metadata: { name: "many" } });
      const slice = (index: number): EndpointSlice => ({
        metadata: { name: `slice-${index}`, namespace: "many" },
        addressType: "IPv4",
        endpoints: [{ addresses: ["10.1.2.3"] }],
        ports: [],
      });
      await Promise.all(Array.from({ length: COUNT }, (_, index) => member.create("EndpointSlice", slice(index))));
    });

    it("reads all pages, each object once", async () => {
      proxy.passages.length = 0;
      const all = await slices();
      assert.equal(new Set(all.map(({ metadata }) => metadata.name)).size, COUNT);
      assert.equal(proxy.passages.length, 2);
    });

    it("starts anew where the snapshot expired", async () => {
      breaks({ kind: "answer", status: 410 }, { when: isContinued, times: 1 });
      assert.equal((await slices()).length, COUNT);
      assert.equal(proxy.passages.length, 4);
    });

    it("rejects where it expires again", async () => {
      breaks({ kind: "answer", status: 410 }, { when: isContinued });
      await failure(slices(), "unavailable");
    });

    it("repeats a page that was cut, and rejects where it is cut each time", async () => {
      breaks({ kind: "cut", bytes: 50 }, { when: isContinued, times: 1 });
      assert.equal((await slices()).length, COUNT);
      undo.splice(0).forEach((back) => back());
      breaks({ kind: "cut", bytes: 20_000 }, { when: (passage) => !isContinued(passage) });
      await failure(slices(), "unreachable");
      undo.splice(0).forEach((back) => back());
      breaks({ kind: "cut", bytes: 50 }, { when: isContinued });
      await failure(slices(), "unreachable");
    });

    it("keeps its few connections over many requests", async function () {
      this.timeout(20_000);
      const fresh = await connect({ id: "member1", kubeconfig: proxy.kubeconfig });
      const before = proxy.connections();
      for (let round = 0; round < 20; round += 1) {
        const gets = Array.from({ length: 20 }, (_, n) =>
          fresh.get("EndpointSlice", { namespace: "many", name: `slice-${n}` }),
        );
        await Promise.all(gets);
      }
      assert.ok(proxy.connections() - before <= 8, `${proxy.connections() - before} connections for 400 requests`);
      await fresh.close();
    });
  });
});
