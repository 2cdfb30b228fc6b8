/** Watches of a real API server, straight and through a proxy that breaks them: each way in which one ends, and what is kept through it. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import type { CustomResourceDefinition, KubeObject, ServiceImport } from "../../provider/mcs/api";
import { connect } from "../../provider/kube/connect";
import { mcsCrds } from "../../provider/kube/crds/mcs-crds";
import type { Kind, Member, Watch, WatchEnd } from "../../provider/reconcile/member";
import { ensureCrds } from "../../provider/reconcile/membership/ensure-crds";
import { reflect } from "../../provider/reconcile/reflect/reflector";
import type { Reflector } from "../../provider/reconcile/reflect/reflected";
import { type RunningClusters, startClusters } from "../controlplane/clusters";
import { waitFor } from "../controlplane/wait";
import { type Passage, type Proxy, type Rule, startProxy } from "../support/proxy";

const NAMESPACE = "default";
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const isWatch = ({ query }: Passage) => query.get("watch") === "true";
const isList = ({ method, path: of, query }: Passage) =>
  method === "GET" && query.get("watch") === null && /\/(services|serviceimports)$/.test(of);
const GONE = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "Expired", code: 410 };

describe("a watch of a real API server", function () {
  this.timeout(120_000);
  let clusters: RunningClusters;
  let proxy: Proxy;
  let direct: Member;
  let member: Member;
  /** Its watches are given up after 2 s of silence. */
  let impatient: Member;
  /** Its watches end after 6 s. */
  let brief: Member;
  let signal: AbortController;
  const undo: (() => void)[] = [];
  const reflectors: Reflector<KubeObject>[] = [];

  before(async function () {
    this.timeout(600_000);
    clusters = await startClusters({ members: [{ id: "member1" }] });
    const kubeconfig = clusters.members.member1!.adminKubeconfig;
    proxy = await startProxy(kubeconfig);
    direct = await connect({ id: "member1", kubeconfig });
    const through = { id: "member1", kubeconfig: proxy.kubeconfig, timeoutSeconds: 10 };
    member = await connect(through);
    impatient = await connect({ ...through, watchTimes: { bodyMs: 2_000 } });
    brief = await connect({ ...through, watchTimes: { seconds: () => 6 } });
    await ensureCrds(direct, { policy: "install", definitions: mcsCrds });
  });
  beforeEach(() => {
    signal = new AbortController();
    proxy.passages.length = 0;
  });
  afterEach(() => {
    undo.splice(0).forEach((back) => back());
    signal.abort();
    reflectors.splice(0).forEach((one) => one.stop());
  });
  after(async function () {
    this.timeout(60_000);
    await Promise.all([direct, member, impatient, brief].map((one) => one?.close()));
    await proxy?.close();
    await clusters?.stop();
  });

  const breaks = (rule: Rule) => void undo.push(proxy.add(rule));
  const serviceImport = (name: string): ServiceImport => ({
    metadata: { name, namespace: NAMESPACE },
    spec: { type: "ClusterSetIP", ports: [{ port: 80 }] },
  });
  async function watching(by: Member, kind: Kind, from?: string): Promise<Watch<KubeObject>> {
    const resourceVersion = from ?? (await direct.listAt(kind)).resourceVersion;
    return by.watch(kind, { resourceVersion, signal: signal.signal }) as Watch<KubeObject>;
  }
  /** What it told, and why it ended. */
  async function toTheEnd(watch: Watch<KubeObject>): Promise<{ told: readonly string[]; end: WatchEnd }> {
    const told: string[] = [];
    for (;;) {
      const { done, value } = await watch.next();
      if (done) return { told, end: value };
      told.push("object" in value ? `${value.type} ${value.object.metadata.name}` : value.type);
    }
  }
  const reflected = (by: Member, kind: Kind): Reflector<KubeObject> => {
    const reflector: Reflector<KubeObject> = reflect(by, kind, {});
    reflectors.push(reflector);
    return reflector;
  };
  const becomes = (reflector: Reflector<KubeObject>, state: string) =>
    waitFor(`state ${state}`, async () => (reflector.current().state === state ? true : undefined), { everyMs: 10 });
  const has = (reflector: Reflector<KubeObject>, name: string) => {
    const now = reflector.current();
    return now.state !== "listing" && now.objects.has(`${NAMESPACE}/${name}`);
  };
  const showing = (reflector: Reflector<KubeObject>, name: string) =>
    waitFor(name, async () => (has(reflector, name) ? true : undefined), { everyMs: 10 });
  const requests = () => ({
    lists: proxy.passages.filter(isList).length,
    watches: proxy.passages.filter(isWatch).length,
  });

  it("is asked with bookmarks and an end at random, and has a bookmark before it ends clean", async () => {
    // The server sends one a minute, and none to a watch that is over before.
    const { resourceVersion } = await direct.listAt("ServiceImport");
    const minute = await connect({ id: "member1", kubeconfig: proxy.kubeconfig, watchTimes: { seconds: () => 65 } });
    const { told, end } = await toTheEnd(await watching(minute, "ServiceImport", resourceVersion));
    await minute.close();
    assert.equal(end.reason, "clean");
    assert.deepEqual([told[0], told.at(-1)], ["opened", "bookmark"]);
    await Promise.all([1, 2, 3].map(async () => void (await (await watching(member, "Service")).next())));
    const asked = proxy.passages.filter(isWatch).map(({ query }) => query);
    assert.ok(asked.every((query) => query.get("allowWatchBookmarks") === "true"));
    const seconds = asked.slice(1).map((query) => Number(query.get("timeoutSeconds")));
    assert.ok(seconds.every((one) => one >= 300 && one < 600) && new Set(seconds).size > 1, String(seconds));
  });

  it("takes no place of other requests: more watches than these may be in flight, and one is answered", async () => {
    const { resourceVersion } = await direct.listAt("Service");
    const open = Array.from({ length: 20 }, () => member.watch("Service", { resourceVersion, signal: signal.signal }));
    for (const { value } of await Promise.all(open.map((watch) => watch.next()))) {
      assert.ok(value && "type" in value && value.type === "opened", JSON.stringify(value));
    }
    assert.ok((await member.list("Service", { namespace: NAMESPACE })).length > 0);
    assert.equal(proxy.watches(), 20);
    signal.abort();
    await waitFor("all connections to be given back", async () => (proxy.watches() === 0 ? true : undefined));
  });

  it("ends expired where the server has forgotten that number, also inside a 200", async () => {
    assert.deepEqual((await toTheEnd(await watching(member, "ServiceImport", "1"))).end, { reason: "expired" });
    const body = `${JSON.stringify({ type: "ERROR", object: GONE })}\n`;
    breaks({ when: isWatch, times: 1, fault: { kind: "answer", status: 200, body } });
    const { told, end } = await toTheEnd(await watching(member, "Service"));
    assert.deepEqual([told, end], [["opened"], { reason: "expired" }]);
    breaks({ when: isWatch, times: 1, fault: { kind: "answer", status: 410, body: JSON.stringify(GONE) } });
    assert.deepEqual((await toTheEnd(await watching(member, "Service"))).end, { reason: "expired" });
  });

  it("from a number that has not come is silent, and a list says so", async () => {
    const { resourceVersion } = await direct.listAt("ServiceImport");
    const future = String(Number(resourceVersion) + 1_000_000);
    const { told, end } = await toTheEnd(await watching(brief, "ServiceImport", future));
    assert.deepEqual([told.includes("bookmark"), end], [false, { reason: "clean" }]);
    await assert.rejects(direct.listAt("ServiceImport", { atLeast: future }), { code: "expired" });
  });

  it("ends inactive where nothing comes any more, and the others go on", async () => {
    const silent = await watching(impatient, "ServiceImport");
    await silent.next();
    proxy.toWatches("silence");
    const other = await watching(direct, "ServiceImport");
    await other.next();
    assert.deepEqual((await toTheEnd(silent)).end, { reason: "inactive" });
    await direct.create("ServiceImport", serviceImport("beside-a-silent-one"));
    const { value } = await other.next();
    assert.ok(value && "object" in value && value.object.metadata.name === "beside-a-silent-one");
  });

  it("ends closed where the connection breaks, and refused where there is no answer", async () => {
    const watch = await watching(member, "ServiceImport");
    await watch.next();
    proxy.toWatches("break");
    assert.deepEqual((await toTheEnd(watch)).end, { reason: "closed" });
    const { resourceVersion } = await direct.listAt("ServiceImport");
    await proxy.down();
    const { end } = await toTheEnd(await watching(member, "ServiceImport", resourceVersion));
    await proxy.up();
    assert.ok(end.reason === "refused" && end.error.code === "unreachable", JSON.stringify(end));
    assert.match(
      end.error.message,
      /^member1: cannot watch ServiceImports: http:\/\/127\.0\.0\.1:\d+ is not reachable/,
    );
  });

  for (const [status, code, headers, retryAfterMs] of [
    [403, "forbidden", undefined, undefined],
    [429, "unavailable", { "retry-after": "7" }, 7_000],
    [500, "unavailable", undefined, undefined],
  ] as const) {
    it(`ends refused by a ${status}, in one line without what the server said`, async () => {
      const secret = "kubelet-password=hunter22";
      const body = JSON.stringify({ kind: "Status", status: "Failure", code: status, message: secret });
      breaks({ when: isWatch, fault: { kind: "answer", status, headers, body } });
      const { end } = await toTheEnd(await watching(member, "Service"));
      assert.ok(end.reason === "refused" && end.error.code === code, JSON.stringify(end));
      assert.equal(end.retryAfterMs, retryAfterMs);
      assert.ok(!end.error.message.includes("hunter22") && !end.error.message.includes("\n"));
      assert.equal(proxy.passages.filter(isWatch).length, 1, "when to ask again is not for the watch to say");
    });
  }

  it("ends refused by what is no API: a login page, an event of another kind, a line without end", async () => {
    const object = { apiVersion: "v1", kind: "Secret", metadata: { name: "a", uid: "u", resourceVersion: "1" } };
    const faults = [
      { kind: "html" },
      { kind: "answer", status: 200, body: `${JSON.stringify({ type: "ADDED", object })}\n` },
      { kind: "answer", status: 200, body: `${JSON.stringify({ type: "SHOUTED", object })}\n` },
    ] as const;
    for (const fault of faults) {
      breaks({ when: isWatch, times: 1, fault });
      const { told, end } = await toTheEnd(await watching(member, "Service"));
      assert.ok(end.reason === "refused" && end.error.code === "unreachable", JSON.stringify([told, end]));
    }
    const long = Buffer.alloc(9 * 1024 * 1024, "x").toString();
    breaks({ when: isWatch, times: 1, fault: { kind: "answer", status: 200, body: long } });
    const { end } = await toTheEnd(await watching(member, "Service"));
    assert.ok(end.reason === "refused" && end.error.code === "excess", JSON.stringify(end));
    assert.match(end.error.message, /larger than 8 MiB/);
  });

  it("renews a credential that is refused, once, and goes on with it", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "watch-"));
    const { adminKubeconfig, token } = clusters.members.member1!;
    const file = path.join(folder, "token");
    writeFileSync(file, "outdated");
    const config = parse(adminKubeconfig) as { users: { user: object }[] };
    config.users[0]!.user = { tokenFile: file };
    const rotating = await connect({ id: "member1", kubeconfig: stringify(config) });
    try {
      await assert.rejects(rotating.list("Service"), { code: "unauthorized" });
      writeFileSync(file, token);
      const watch = await watching(rotating, "Service");
      assert.equal((await watch.next()).done, false);
    } finally {
      await rotating.close();
      rmSync(folder, { recursive: true });
    }
  });

  describe("that keeps a kind current", () => {
    it("goes on after clean ends with no list", async () => {
      const reflector = reflected(brief, "ServiceImport");
      await becomes(reflector, "live");
      // Each watch tells something: a busy server may leave out the bookmark of a short one, and silence is rightly listed.
      let created = 0;
      const create = async () => direct.create("ServiceImport", serviceImport(`through-ends-${created++}`));
      await waitFor(
        "three watches",
        async () => {
          await create();
          return requests().watches >= 3 ? true : undefined;
        },
        { everyMs: 500 },
      );
      await create();
      for (let n = 0; n < created; n += 1) await showing(reflector, `through-ends-${n}`);
      assert.equal(requests().lists, 1);
    });

    it("goes on from its number after the way there was broken, with no list, and was stale meanwhile", async () => {
      const reflector = reflected(member, "ServiceImport");
      await becomes(reflector, "live");
      const before = requests().lists;
      await proxy.down();
      await becomes(reflector, "stale");
      await direct.create("ServiceImport", serviceImport("while-away"));
      assert.ok(!has(reflector, "while-away"));
      await proxy.up();
      await becomes(reflector, "live");
      await showing(reflector, "while-away");
      assert.equal(requests().lists, before);
    });

    it("finds a silent connection, and what it missed", async () => {
      const reflector = reflected(impatient, "ServiceImport");
      await becomes(reflector, "live");
      proxy.toWatches("silence");
      await direct.create("ServiceImport", serviceImport("in-silence"));
      await showing(reflector, "in-silence");
      await becomes(reflector, "live");
    });

    it("lists again after a 410 inside a 200, not older than what it has, and missed nothing", async () => {
      const reflector = reflected(member, "ServiceImport");
      await becomes(reflector, "live");
      const body = `${JSON.stringify({ type: "ERROR", object: GONE })}\n`;
      breaks({ when: isWatch, times: 1, fault: { kind: "answer", status: 200, body } });
      proxy.passages.length = 0;
      proxy.toWatches("break");
      await waitFor("a list", async () => (requests().lists > 0 ? true : undefined));
      await direct.create("ServiceImport", serviceImport("after-a-410"));
      await showing(reflector, "after-a-410");
      const { query } = proxy.passages.find(isList)!;
      assert.equal(query.get("resourceVersionMatch"), "NotOlderThan");
    });

    it("is not disturbed where it may not watch: the list holds, and one right more makes it live", async () => {
      const body = JSON.stringify({ kind: "Status", status: "Failure", reason: "Forbidden", code: 403 });
      breaks({ when: isWatch, fault: { kind: "answer", status: 403, body } });
      const reflector = reflected(member, "ServiceImport");
      await reflector.reached("0");
      await waitFor("the refusal", async () => (requests().watches > 0 ? true : undefined));
      await direct.create("ServiceImport", serviceImport("without-the-right"));
      await reflector.relist();
      assert.ok(has(reflector, "without-the-right"));
      assert.equal(reflector.current().state, "listed");
    });

    it("shows after many changes what a fresh list shows", async () => {
      const reflector = reflected(brief, "ServiceImport");
      await becomes(reflector, "live");
      let last = "0";
      for (let round = 0; round < 60; round += 1) {
        const ref = { namespace: NAMESPACE, name: `many-${(round * 7) % 11}` };
        const there = await direct.get("ServiceImport", ref);
        if (there === undefined) {
          last = (await direct.create("ServiceImport", serviceImport(ref.name))).metadata.resourceVersion!;
        } else if (round % 3 === 0) {
          await direct.remove("ServiceImport", ref);
        } else {
          const status = { clusters: [{ cluster: `c${round}` }] };
          last = (await direct.patchStatus("ServiceImport", ref, status)).metadata.resourceVersion!;
        }
      }
      await reflector.reached(last);
      const fresh = async () => {
        const listed = await direct.listAt("ServiceImport");
        const now = reflector.current();
        if (now.state !== "live" || now.objects.size !== listed.objects.length) return undefined;
        return { kept: [...now.objects.values()].sort(byName), listed: [...listed.objects].sort(byName) };
      };
      const { kept, listed } = await waitFor("as many objects", fresh);
      assert.deepEqual(kept, listed);
      assert.equal(requests().lists, 1);
    });

    it("keeps what it has through a changed schema and through a version that is switched off", async () => {
      const [, definition] = mcsCrds as readonly [CustomResourceDefinition, CustomResourceDefinition];
      const { api } = clusters.members.member1!;
      const name = `${CRDS}/${definition.metadata.name}`;
      const set = async (change: (version: Version) => object) => {
        const live = (await api("GET", name)) as { spec: { versions: Version[] } };
        await api("PATCH", name, { spec: { versions: live.spec.versions.map(change) } });
      };
      await direct.create("ServiceImport", serviceImport("through-changes")).catch(() => undefined);
      const reflector = reflected(member, "ServiceImport");
      await becomes(reflector, "live");
      let emptied = false;
      reflector.onChange(() => {
        const now = reflector.current();
        emptied ||= now.state !== "listing" && !now.objects.has(`${NAMESPACE}/through-changes`);
      });
      await set((version) => ({
        ...version,
        schema: { openAPIV3Schema: { ...version.schema.openAPIV3Schema, description: "another" } },
      }));
      await direct.create("ServiceImport", serviceImport("after-the-schema"));
      await showing(reflector, "after-the-schema");
      await becomes(reflector, "live");
      await set((version) => ({ ...version, served: version.name === definition.spec.versions[0]?.name && false }));
      await becomes(reflector, "stale");
      assert.ok(has(reflector, "through-changes") && !emptied);
      await set((version) => ({ ...version, served: true }));
      await becomes(reflector, "live");
      assert.ok(has(reflector, "through-changes") && !emptied);
    });

    it("tells of every object when the CRD is deleted, and then that the API is absent", async () => {
      const { api } = clusters.members.member1!;
      const reflector = reflected(member, "ServiceImport");
      await becomes(reflector, "live");
      await api("DELETE", `${CRDS}/${mcsCrds[1]!.metadata.name}`);
      await waitFor("absent", async () => {
        const now = reflector.current();
        return now.state === "listed" && now.crd === "absent" && now.objects.size === 0 ? true : undefined;
      });
      await ensureCrds(direct, { policy: "install", definitions: mcsCrds });
      await direct.create("ServiceImport", serviceImport("anew"));
      await reflector.relist();
      await becomes(reflector, "live");
      assert.ok(has(reflector, "anew"));
    });
  });
});

interface Version {
  readonly name: string;
  readonly schema: { readonly openAPIV3Schema: object };
}

function byName(a: KubeObject, b: KubeObject): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
