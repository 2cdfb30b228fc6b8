/** A service is decided on what the clusters held after the resources that it depends on were done, and costs no reading where it depends on none. */
import assert from "node:assert/strict";
import { handlers } from "../../../provider/dynamic-provider";
import { useContext } from "../../../provider/resources/process/context";
import type { Properties } from "../../../provider/resources/inputs/properties";
import { UNKNOWN } from "../../../provider/resources/inputs/unknown";
import { pods, serve, stage, type Stage } from "./stage";

const { MultiClusterService: service } = handlers;

const args = {
  __provider: "the door",
  resourceUrn: "urn:serve",
  namespace: "default",
  name: "serve",
  exportFrom: ["member1"],
  importTo: ["member2"],
};

describe("a service that depends on other resources", () => {
  let at: Stage;
  let made: { id: string; inputs: Properties; outs: Properties };
  beforeEach(async () => {
    at = stage();
    serve(at.members.member1!);
    const { inputs } = await service.check({}, args);
    made = { inputs, ...(await service.create(inputs)) };
    at.restart();
    await diff({});
    // The program replaces the pods while other resources of the clusterset keep the process busy.
    await new Promise((resolve) => setTimeout(resolve, 2));
    pods(at.members.member1!, ["10.0.0.9"]);
  });
  afterEach(() => useContext(undefined));

  const checked = async (hidden: Properties, resourceUrn = args.resourceUrn) =>
    (await service.check(made.inputs, { ...args, resourceUrn, ...hidden })).inputs;
  const diff = async (hidden: Properties) => service.diff(made.id, made.outs, await checked(hidden));
  const readings = () =>
    at.members.member1!.requests.filter((it) => it.verb === "list" && it.kind === "Service").length;

  it("sees what they did", async () => {
    assert.deepEqual(await diff({ dependenciesDone: Date.now() }), { changes: true });
  });

  it("sees it also where nobody can tell when they were done", async () => {
    assert.deepEqual(await diff({ dependenciesDone: -1 }), { changes: true });
  });

  it("is made, read and updated by it, too", async () => {
    const done = Date.now();
    const { outs } = await service.update(made.id, made.outs, await checked({ dependenciesDone: done }));
    const slices = await at.members.member2!.list("EndpointSlice", { labelSelector: "pulumi-mcs/managed=true" });
    assert.deepEqual(
      slices.flatMap((it) => it.endpoints?.flatMap(({ addresses }) => addresses)),
      ["10.0.0.9"],
    );
    assert.equal((outs.imports as Record<string, { endpoints: { ready: number } }>).member2?.endpoints.ready, 1);
  });

  it("shares the reading with the others of the process where it depends on nothing", async () => {
    const before = readings();
    await diff({});
    await diff({ dependenciesDone: UNKNOWN });
    assert.equal(readings(), before);
  });

  it("shares one new reading with all that depend on what was done before it", async () => {
    const before = readings();
    const done = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (let n = 0; n < 20; n += 1) {
      const inputs = await checked({ dependenciesDone: done }, `urn:serve-${n}`);
      await service.diff(made.id, made.outs, inputs);
    }
    assert.equal(readings(), before + 1);
  });

  it("keeps the time out of what is stored", async () => {
    assert.deepEqual(await checked({ dependenciesDone: 1 }), made.inputs);
    const fresh = await service.check({}, { ...args, name: "other", dependenciesDone: 1 });
    assert.ok(!("dependenciesDone" in fresh.inputs));
  });
});
