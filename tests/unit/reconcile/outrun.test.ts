/** Somebody else was faster: what is looked at again, and what a person is told where it is of no use. */
import assert from "node:assert/strict";
import type { Condition } from "../../../provider/mcs/api";
import type { MemoryRequest } from "../../support/memory-member";
import { KEY } from "../../support/builders";
import { World } from "../../support/world";

describe("a run that others outrun", () => {
  let world: World;
  let waited: number[];
  beforeEach(() => {
    world = new World(["member1", "member2", "member3"]);
    world.service("member1", ["10.1.0.5"]);
    waited = [];
    const { wait } = world.waiting;
    world.waiting.wait = async (ms) => {
      waited.push(ms);
      return wait(ms);
    };
  });
  const lists = () =>
    [...world.members.values()].flatMap(({ requests }) =>
      requests.filter(({ verb, namespace }) => verb.startsWith("list") && namespace === undefined),
    );
  const asked = () => [...world.members.values()].forEach(({ requests }) => void (requests.length = 0));
  /** The first `times` requests like this are answered with a conflict, after `happens`. */
  function outrun(like: Partial<MemoryRequest>, times: number, happens: () => void = () => undefined): void {
    let left = times;
    world.failing = (request) => {
      if (Object.entries(like).some(([key, value]) => request[key as keyof MemoryRequest] !== value)) return undefined;
      if (left-- <= 0) return undefined;
      happens();
      return "conflict";
    };
  }

  it("at the conditions of an export reads that export again and nothing else, and waits longer each time", async () => {
    await world.reconcile({ importTo: [] });
    asked();
    await world.reconcile({ importTo: [], exportedLabels: { a: "b" } });
    const whole = lists().length;
    asked();
    outrun({ verb: "patchStatus", kind: "ServiceExport" }, 3);
    const outcome = await world.reconcile({ importTo: [], exportedLabels: { a: "c" } });
    assert.deepEqual(outcome.failures, []);
    assert.equal(lists().length, whole);
    assert.deepEqual(waited, [100, 200, 400]);
    const again = world.at("member1").requests.filter(({ kind, namespace }) => kind === "ServiceExport" && namespace);
    assert.equal(again.filter(({ verb }) => verb === "list").length, 3);
  });

  it("keeps the conditions that others wrote meanwhile", async () => {
    await world.reconcile({ importTo: [] });
    const other: Condition = {
      type: "Theirs",
      status: "True",
      reason: "X",
      message: "",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    };
    world.at("member1").drop("Service", KEY);
    outrun({ verb: "patchStatus", kind: "ServiceExport" }, 1, () => {
      void world
        .at("member1")
        .get("ServiceExport", KEY)
        .then((live) =>
          world.at("member1").put("ServiceExport", {
            ...live!,
            status: { ...live!.status, conditions: [...(live!.status?.conditions ?? []), other] },
          }),
        );
    });
    await world.reconcile({ importTo: [] });
    assert.deepEqual(await world.conditions("member1"), [
      "Valid=False/NoService",
      "Ready=False/Pending",
      "Conflict=False/NoConflicts",
      "Theirs=True/X",
    ]);
  });

  it("at an object itself looks at everything again, after a while", async () => {
    await world.reconcile({});
    world.service("member1", ["10.1.0.5"], { internalTrafficPolicy: "Local" });
    outrun({ verb: "update", kind: "Service" }, 2);
    const outcome = await world.reconcile({});
    assert.deepEqual(outcome.failures, []);
    assert.deepEqual(waited, [100, 200]);
  });

  it("a derived Service that is to be made anew and hangs on a finalizer is named with it", async () => {
    await world.reconcile({});
    const live = (await world.derived("member2"))!;
    const finalizers = ["example.org/wait"];
    world.at("member2").put("Service", { ...live, metadata: { ...live.metadata, finalizers } });
    world.at("member1").drop("Service", KEY);
    world.service("member1", ["10.1.0.5"], { clusterIP: "None", clusterIPs: ["None"] });
    const { failures } = await world.reconcile({});
    assert.deepEqual(
      failures.map(({ message }) => message),
      [
        'member2: Service derived-serve already exists; what is there is being deleted, and waits for its finalizer "example.org/wait": once it is gone the next pulumi up goes on',
      ],
    );
    const hanging = (await world.derived("member2"))!;
    world.at("member2").put("Service", { ...hanging, metadata: { ...hanging.metadata, finalizers: [] } });
    world.at("member2").drop("Service", live.metadata);
    assert.deepEqual((await world.reconcile({})).failures, []);
  });

  it("an export that is being deleted says what it waits for", async () => {
    await world.reconcile({});
    const live = (await world.exported("member1"))!;
    const finalizers = ["example.org/wait"];
    world.at("member1").put("ServiceExport", { ...live, metadata: { ...live.metadata, finalizers } });
    await world.at("member1").remove("ServiceExport", KEY);
    const { view } = await world.reconcile({});
    assert.deepEqual(view.exports["member1"]?.messages, [
      'it is being deleted, and waits for its finalizer "example.org/wait": once it is gone the next pulumi up makes it anew',
    ]);
  });
});
