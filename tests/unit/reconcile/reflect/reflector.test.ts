/** A kind that is listed once and kept current: what is kept, and how far it is trusted, after every way in which a watch or a list can end. */
import assert from "node:assert/strict";
import type { KubeObject, Service, ServiceExport } from "../../../../provider/mcs/api";
import { mcsCrds } from "../../../../provider/kube/crds/mcs-crds";
import { MemberError, type MemberErrorCode } from "../../../../provider/reconcile/member-error";
import { createCompanions } from "../../../../provider/reconcile/reflect/companions";
import { reflect } from "../../../../provider/reconcile/reflect/reflector";
import type { Reflector } from "../../../../provider/reconcile/reflect/reflected";
import { memoryMember, type MemoryMember, type MemoryRequest } from "../../../support/memory-member";
import { settled, virtualClock, type VirtualClock } from "../../../support/virtual-clock";

const NAMESPACE = "default";
const service = (name: string, port = 80): Service => ({
  metadata: { name, namespace: NAMESPACE },
  spec: { ports: [{ port }] },
});
const serviceExport = (name: string): ServiceExport => ({ metadata: { name, namespace: NAMESPACE } });

describe("a reflector", () => {
  let clock: VirtualClock;
  let member: MemoryMember;
  let answers: (request: MemoryRequest) => void;
  let reflector: Reflector<KubeObject>;

  beforeEach(() => {
    clock = virtualClock();
    answers = () => undefined;
    member = memoryMember({ id: "a", intercept: (request) => answers(request) });
    member.put("Service", service("one"));
  });
  afterEach(() => reflector?.stop());

  async function begin(): Promise<void> {
    reflector = reflect(member, "Service", { clock });
    await settled();
  }
  const names = () => {
    const now = reflector.current();
    return now.state === "listing" ? undefined : [...now.objects.keys()].sort().map((key) => key.split("/")[1]);
  };
  const state = () => reflector.current().state;
  const asked = (verb: string) => member.requests.filter((request) => request.verb === verb).length;
  const fails = (code: MemberErrorCode, when: (request: MemoryRequest) => boolean) => {
    answers = (request) => {
      if (when(request)) throw new MemberError(code, "a", `a: ${code}`);
    };
  };

  it("lists once, watches from there, and is told of what happens", async () => {
    await begin();
    assert.deepEqual([state(), names()], ["live", ["one"]]);
    member.put("Service", service("two"));
    member.drop("Service", { namespace: NAMESPACE, name: "one" });
    await settled();
    assert.deepEqual([state(), names()], ["live", ["two"]]);
    assert.deepEqual([asked("list"), asked("watch")], [1, 1]);
  });

  it("says of each change what was and what is", async () => {
    await begin();
    const seen: string[] = [];
    const off = reflector.onChange((changes) => {
      for (const { key, before, after } of changes) {
        const port = (it: KubeObject | undefined) => (it as Service | undefined)?.spec.ports?.[0]?.port;
        seen.push(`${key} ${port(before)} ${port(after)}`);
      }
    });
    member.put("Service", service("two", 1));
    member.put("Service", service("two", 2));
    member.drop("Service", { namespace: NAMESPACE, name: "two" });
    await settled();
    off();
    member.put("Service", service("three"));
    await settled();
    assert.deepEqual(seen, ["default/two undefined 1", "default/two 1 2", "default/two 2 undefined"]);
  });

  it("is not watching before the server has begun to tell", async () => {
    let open: () => void = () => undefined;
    const until = new Promise<void>((resolve) => (open = resolve));
    member = memoryMember({ id: "a", intercept: ({ verb }) => (verb === "watch" ? until : undefined) });
    await begin();
    assert.equal(state(), "listed");
    open();
    await settled();
    assert.equal(state(), "live");
  });

  describe("whose watch ends", () => {
    it("cleanly, goes on from what was told last, and lists nothing", async () => {
      await begin();
      member.put("Service", service("two"));
      await settled();
      await clock.advance(300_000);
      member.bookmark();
      await settled();
      member.endWatches({ reason: "clean" });
      member.put("Service", service("three"));
      await settled();
      assert.deepEqual([state(), names()], ["live", ["one", "three", "two"]]);
      assert.deepEqual([asked("list"), asked("watch")], [1, 2]);
    });

    it("is told of, and the next one as soon as it is open: an attempt that opens none is an end alone", async () => {
      const told: string[] = [];
      reflector = reflect(member, "Service", {
        clock,
        opened: () => void told.push("opened"),
        ended: (reason) => void told.push(reason),
      });
      await settled();
      member.bookmark();
      await settled();
      await clock.advance(300_000);
      member.endWatches({ reason: "clean" });
      await settled();
      assert.deepEqual(told, ["opened", "clean", "opened"]);
      answers = ({ verb }) => {
        if (verb === "watch") throw new MemberError("unreachable", "a", "a: unreachable");
      };
      member.endWatches({ reason: "closed" });
      await clock.advance(60_000);
      assert.deepEqual([...new Set(told.slice(3))], ["closed", "refused"]);
      answers = () => undefined;
      await clock.advance(60_000);
      assert.equal(told.at(-1), "opened");
    });

    it("goes on from a bookmark where nothing else was told", async () => {
      await begin();
      member.put("ServiceExport", serviceExport("moves-the-numbers"));
      member.bookmark();
      await settled();
      const bookmarked = reflector.current();
      await clock.advance(300_000);
      member.endWatches({ reason: "clean" });
      await settled();
      const { from } = member.requests.filter(({ verb }) => verb === "watch").at(-1)!;
      assert.ok(bookmarked.state === "live" && bookmarked.resourceVersion === from);
      assert.equal(asked("list"), 1);
    });

    it("cleanly and without a word, lists: a number of another history is silence for ever", async () => {
      await begin();
      await clock.advance(300_000);
      member.endWatches({ reason: "clean" });
      await settled();
      assert.deepEqual([state(), asked("list"), asked("watch")], ["live", 2, 2]);
      assert.equal(member.requests.filter(({ verb }) => verb === "list").at(-1)?.atLeast !== undefined, true);
    });

    it("at once and without a word, lists at once, and pauses where that is all it ever does", async () => {
      await begin();
      for (let times = 0; times < 50; times += 1) {
        member.endWatches({ reason: "clean" });
        await settled();
      }
      assert.deepEqual([asked("list"), asked("watch"), state()], [2, 2, "stale"]);
      assert.deepEqual(names(), ["one"]);
      for (let times = 0; times < 100; times += 1) {
        await clock.advance(1_000);
        member.endWatches({ reason: "clean" });
        await settled();
      }
      assert.ok(asked("watch") < 12, `${asked("watch")} watches in 100 s`);
    });

    it("expired, keeps what it has, says that it is old, and lists within five seconds", async () => {
      clock = virtualClock(0.5);
      await begin();
      member.endWatches({ reason: "expired" });
      await settled();
      assert.deepEqual([state(), names(), asked("list")], ["stale", ["one"], 1]);
      member.put("Service", service("two"));
      await clock.advance(2_400);
      assert.equal(asked("list"), 1);
      await clock.advance(200);
      assert.deepEqual([state(), names()], ["live", ["one", "two"]]);
      assert.deepEqual([asked("list"), asked("watch")], [2, 2]);
    });

    it("expired each time, does not list in a loop", async () => {
      await begin();
      for (let seconds = 0; seconds < 600; seconds += 1) {
        member.endWatches({ reason: "expired" });
        await clock.advance(1_000);
      }
      assert.ok(asked("list") < 30, `${asked("list")} lists in ten minutes`);
    });

    it("in silence, is stale until a list has answered", async () => {
      await begin();
      const before = reflector.current();
      await clock.advance(90_000);
      fails("unreachable", ({ verb }) => verb === "list");
      member.endWatches({ reason: "inactive" });
      await settled();
      const now = reflector.current();
      assert.ok(now.state === "stale" && before.state === "live");
      assert.equal(now.confirmed, before.confirmed, "since when nobody knows");
      assert.deepEqual(names(), ["one"]);
      answers = () => undefined;
      await clock.advance(2_000);
      assert.equal(state(), "live");
    });

    it("broken after a while, is opened anew at once, without a list", async () => {
      await begin();
      for (let times = 0; times < 5; times += 1) {
        await clock.advance(45_000);
        member.endWatches({ reason: "closed" });
        await settled();
      }
      assert.deepEqual([state(), asked("list"), asked("watch")], ["live", 1, 6]);
    });

    it("broken at once, is stale and waits longer each time", async () => {
      await begin();
      const waits: (number | undefined)[] = [];
      for (let times = 0; times < 8; times += 1) {
        member.endWatches({ reason: "closed" });
        await settled();
        assert.equal(state(), "stale");
        waits.push(clock.due()[0]);
        await clock.advance(clock.due()[0] ?? 0);
        assert.equal(state(), "live");
      }
      assert.deepEqual(waits, [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
      await clock.advance(180_000);
      member.endWatches({ reason: "closed" });
      await settled();
      await clock.advance(180_000);
      assert.equal(asked("list"), 1);
    });

    it("and that says less than it said before, is of another history: nothing kept is trusted until it is listed", async () => {
      await begin();
      member.put("Service", service("two"));
      await settled();
      const states: string[] = [];
      reflector.onChange(() => states.push(state()));
      member.restore(50);
      member.put("Service", service("three"));
      await settled();
      await clock.advance(5_000);
      assert.ok(states.includes("listing"), String(states));
      assert.deepEqual([state(), names()], ["live", ["one", "three", "two"]]);
    });
  });

  it("finds a restored history by the silence of its watch", async () => {
    await begin();
    member.put("Service", service("two"));
    await settled();
    await clock.advance(60_000);
    member.restore(50);
    member.endWatches({ reason: "closed" });
    // The server holds the next watch, and tells it nothing: all that happens is before the number it waits for.
    await clock.advance(400_000);
    assert.deepEqual([asked("list"), asked("watch")], [1, 2]);
    const states: string[] = [];
    reflector.onChange(() => states.push(state()));
    member.endWatches({ reason: "clean" });
    await settled();
    const now = reflector.current();
    assert.deepEqual([now.state, names()], ["live", ["one", "two"]]);
    assert.ok(now.state === "live" && now.resourceVersion === "50");
    assert.ok(states.includes("listing"), String(states));
  });

  describe("whose watch is refused", () => {
    it("for want of the right, goes on with lists: no failure, and nothing stale", async () => {
      fails("forbidden", ({ verb }) => verb === "watch");
      await begin();
      const now = reflector.current();
      assert.ok(now.state === "listed" && now.error?.code === "forbidden");
      assert.deepEqual(names(), ["one"]);
      member.put("Service", service("two"));
      await reflector.relist();
      assert.deepEqual([state(), names()], ["listed", ["one", "two"]]);
      assert.equal(asked("watch"), 1, "it does not knock with every list");
      answers = () => undefined;
      await clock.advance(60_000);
      assert.equal(state(), "live");
    });

    for (const code of ["unauthorized", "unavailable", "unreachable", "kubeconfig"] as const) {
      it(`as ${code}, keeps what it has as stale, and watches again from there without a list`, async () => {
        await begin();
        fails(code, ({ verb }) => verb === "watch");
        await clock.advance(300_000);
        member.bookmark();
        await settled();
        member.endWatches({ reason: "clean" });
        await settled();
        const now = reflector.current();
        assert.ok(now.state === "stale" && now.error.code === code && now.confirmed === 300_000);
        assert.deepEqual(names(), ["one"]);
        member.put("Service", service("two"));
        answers = () => undefined;
        await clock.advance(60_000);
        assert.deepEqual([state(), names()], ["live", ["one", "two"]]);
        assert.equal(asked("list"), 1);
      });
    }

    it("until a time that the server names, does not ask before", async () => {
      await begin();
      const error = new MemberError("unavailable", "a", "a: 429", 429);
      member.endWatches({ reason: "refused", error, retryAfterMs: 20_000 });
      await settled();
      await clock.advance(19_900);
      assert.deepEqual([state(), asked("watch")], ["stale", 1]);
      await clock.advance(200);
      assert.deepEqual([state(), asked("watch")], ["live", 2]);
    });
  });

  describe("of an API that is installed or not", () => {
    const isCrd = ({ kind }: MemoryRequest) => kind === "CustomResourceDefinition";
    async function beginExports(): Promise<void> {
      reflector = reflect(member, "ServiceExport", { clock });
      await settled();
    }

    it("has nothing where it is absent, does not watch, and finds it when it comes", async () => {
      member = memoryMember({ id: "a", crds: false, intercept: (request) => answers(request) });
      await beginExports();
      const now = reflector.current();
      assert.ok(now.state === "listed" && now.crd === "absent" && now.objects.size === 0);
      assert.equal(asked("watch"), 0);
      mcsCrds.forEach((crd) => member.put("CustomResourceDefinition", crd));
      member.put("ServiceExport", serviceExport("one"));
      await reflector.relist();
      await settled();
      assert.deepEqual([state(), names()], ["live", ["one"]]);
    });

    it("keeps what it had, as stale, where its versions are switched off, and does not take that for empty", async () => {
      mcsCrds.forEach((crd) => member.put("CustomResourceDefinition", crd));
      member.put("ServiceExport", serviceExport("one"));
      await beginExports();
      assert.equal(state(), "live");
      const unserved = mcsCrds.map((crd) => ({
        ...crd,
        spec: { ...crd.spec, versions: crd.spec.versions.map((version) => ({ ...version, served: false })) },
      }));
      unserved.forEach((crd) => member.put("CustomResourceDefinition", crd));
      member.endWatches({ reason: "clean" });
      await clock.advance(20_000);
      const now = reflector.current();
      assert.ok(now.state === "stale" && now.error.code === "notServed", JSON.stringify(now));
      assert.deepEqual(names(), ["one"]);
      mcsCrds.forEach((crd) => member.put("CustomResourceDefinition", crd));
      await clock.advance(60_000);
      assert.deepEqual([state(), names()], ["live", ["one"]]);
    });

    it("watches the version that it was listed by", async () => {
      const earlier = mcsCrds.map((crd) => ({
        ...crd,
        spec: { ...crd.spec, versions: crd.spec.versions.map((it) => ({ ...it, served: it.name === "v1alpha1" })) },
      }));
      earlier.forEach((crd) => member.put("CustomResourceDefinition", crd));
      member.put("ServiceExport", serviceExport("one"));
      await beginExports();
      const now = reflector.current();
      assert.ok(now.state === "live" && now.crd === "outdated");
      assert.equal(member.requests.find(({ verb }) => verb === "watch")?.version, "v1alpha1");
      assert.ok(member.requests.some(isCrd));
    });
  });

  describe("whose list fails", () => {
    it("has nothing to show, says why, and tries again", async () => {
      fails("unreachable", ({ verb }) => verb === "list");
      await begin();
      const now = reflector.current();
      assert.ok(now.state === "listing" && now.error?.code === "unreachable");
      await assert.rejects(reflector.reached("0"), { code: "unreachable" });
      answers = () => undefined;
      await clock.advance(10_000);
      assert.deepEqual([state(), names()], ["live", ["one"]]);
    });

    it("after it was live, stays live while the watch is open", async () => {
      await begin();
      fails("unavailable", ({ verb }) => verb === "list");
      await assert.rejects(reflector.relist(), { code: "unavailable" });
      assert.equal(state(), "live");
    });
  });

  describe("that is asked for a moment", () => {
    it("waits for the watch to tell of it", async () => {
      await begin();
      const { metadata } = member.put("Service", service("two"));
      await reflector.reached(metadata.resourceVersion!);
      assert.deepEqual(names(), ["one", "two"]);
      assert.equal(asked("list"), 1);
    });

    it("shares the first list with it", async () => {
      reflector = reflect(member, "Service", { clock });
      await Promise.all([reflector.reached("0"), reflector.reached("0")]);
      await settled();
      assert.equal(asked("list"), 1);
    });

    it("lists where the watch has not told of it within five seconds", async () => {
      await begin();
      const made = await member.create("ServiceExport", serviceExport("of-another-kind"));
      const wanted = reflector.reached(made.metadata.resourceVersion!);
      await clock.advance(4_900);
      assert.equal(asked("list"), 1);
      await clock.advance(200);
      await wanted;
      assert.deepEqual([asked("list"), asked("watch"), state()], [2, 1, "live"]);
    });

    it("is told of an object that a list has shown already once only", async () => {
      await begin();
      const seen: string[] = [];
      reflector.onChange((changes) => changes.forEach(({ key }) => seen.push(key)));
      member.put("Service", service("two"));
      await reflector.relist();
      await settled();
      assert.deepEqual(seen, ["default/two"]);
    });

    it("rejects when it is stopped", async () => {
      await begin();
      const wanted = reflector.reached("1000000");
      await settled();
      reflector.stop();
      await assert.rejects(wanted, { code: "unavailable" });
      await assert.rejects(reflector.relist(), { code: "unavailable" });
      assert.deepEqual(member.watched(), []);
    });
  });

  it("shares one list with all who ask while one is under way", async () => {
    await begin();
    const lists = [reflector.relist(), reflector.relist(), reflector.relist()];
    await Promise.all(lists);
    assert.equal(asked("list"), 3, "the first, one that began before the others asked, and theirs");
  });

  it("keeps an object that did not change as the same value when it lists again", async () => {
    await begin();
    const now = reflector.current();
    const before = now.state === "live" && now.objects.get("default/one");
    await reflector.relist();
    const later = reflector.current();
    assert.ok(before && later.state === "live" && later.objects.get("default/one") === before);
  });

  it("keeps what is projected, and nothing else", async () => {
    const ports = reflect(member, "Service", { clock, project: ({ spec }) => spec.ports?.[0]?.port });
    await settled();
    member.put("Service", service("two", 8080));
    await settled();
    const now = ports.current();
    assert.ok(now.state === "live");
    assert.deepEqual(Object.fromEntries(now.objects), { "default/one": 80, "default/two": 8080 });
    ports.stop();
  });

  it("asks for metadata alone where that is enough", async () => {
    const metadata = reflect(member, "Service", { clock, metadataOnly: true });
    await settled();
    member.put("Service", service("two"));
    await settled();
    const now = metadata.current();
    assert.ok(now.state === "live");
    for (const object of now.objects.values()) assert.ok(!("spec" in object));
    assert.equal(asked("listMetadata"), 1);
    metadata.stop();
  });

  describe("with companions of the same member", () => {
    const KINDS = ["Namespace", "Service", "EndpointSlice", "ServiceExport", "ServiceImport"] as const;
    let all: readonly Reflector<KubeObject>[];
    beforeEach(async () => {
      const companions = createCompanions(clock);
      all = KINDS.map((kind) => reflect(member, kind, { clock, companions, metadataOnly: true }));
      await settled();
    });
    afterEach(() => all.forEach((one) => one.stop()));

    it("knocks once for all at a member that does not answer, and all are back when it does", async () => {
      fails("unreachable", ({ verb }) => verb !== "get");
      await clock.advance(300_000);
      member.bookmark();
      await settled();
      member.endWatches({ reason: "clean" });
      await settled();
      assert.deepEqual([...new Set(all.map((one) => one.current().state))], ["stale"]);
      member.requests.length = 0;
      await clock.advance(3_600_000);
      assert.ok(member.requests.length <= 0.05 * 3_600, `${member.requests.length} requests in an hour`);
      answers = () => undefined;
      await clock.advance(62_000);
      assert.deepEqual([...new Set(all.map((one) => one.current().state))], ["live"]);
    });

    it("trusts nothing that was kept when kube-system has another UID: it is another cluster", async () => {
      const seen = all.map(() => new Set<string>());
      all.forEach((one, index) => one.onChange(() => seen[index]!.add(one.current().state)));
      member.requests.length = 0;
      member.drop("Namespace", { name: "kube-system" });
      member.put("Namespace", { metadata: { name: "kube-system" } });
      await settled();
      assert.ok(seen.every((states) => states.has("listing")));
      await clock.advance(10_000);
      assert.deepEqual([...new Set(all.map((one) => one.current().state))], ["live"]);
      const lists = member.requests.filter(({ verb }) => verb === "listMetadata" || verb === "list");
      assert.ok(
        lists.length >= 5 && lists.every(({ atLeast }) => atLeast === undefined),
        "the latest, not the last known",
      );
    });

    it("trusts nothing that was kept when the numbers of one of them go back", async () => {
      const seen = all.map(() => new Set<string>());
      all.forEach((one, index) => one.onChange(() => seen[index]!.add(one.current().state)));
      for (let times = 0; times < 20; times += 1) member.put("Service", service(`s${times}`));
      await settled();
      member.restore(60);
      await all[1]!.relist();
      await settled();
      assert.ok(seen.every((states) => states.has("listing")));
      await clock.advance(10_000);
      assert.deepEqual([...new Set(all.map((one) => one.current().state))], ["live"]);
    });
  });
});
