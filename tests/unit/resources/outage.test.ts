/** The resources of a service in an outage: what was known stays known, and which policy counts. */
import assert from "node:assert/strict";
import { useContext } from "../../../provider/resources/process/context";
import type { Handlers } from "../../../provider/resources/handlers";
import { serviceKinds, type ServiceKindName } from "../../../provider/resources/service/service-kinds";
import type { Properties } from "../../../provider/resources/inputs/properties";
import { serviceHandlers } from "../../../provider/resources/service/service-handlers";
import { pods, serve, stage, type Stage } from "./stage";

const handlers = (kind: ServiceKindName): Handlers => serviceHandlers(serviceKinds[kind]);
const common = { __provider: "the door", namespace: "default", name: "serve" };
const whole = { ...common, exportFrom: ["member1"], importTo: ["member2"], resourceUrn: "urn:s" };

async function made(kind: ServiceKindName, args: Properties) {
  const { inputs, failures } = await handlers(kind).check({}, args);
  assert.deepEqual(failures, []);
  const { id, outs } = await handlers(kind).create(inputs);
  return { id, inputs, outs };
}

async function refused(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => assert.fail("it succeeded"),
    (cause: unknown) => cause,
  );
  return (error as Error).message;
}

describe("a resource in an outage", () => {
  let at: Stage;
  beforeEach(() => {
    at = stage({ ids: ["member1", "member2", "member3"] });
    serve(at.members.member1!);
  });
  afterEach(() => useContext(undefined));

  const kinds: readonly (readonly [ServiceKindName, Properties])[] = [
    ["MultiClusterService", whole],
    ["ServiceExport", { ...common, cluster: "member1", resourceUrn: "urn:e" }],
    ["ServiceImport", { ...common, cluster: "member2", resourceUrn: "urn:i" }],
  ];
  for (const [kind, args] of kinds) {
    for (const lost of [["member1"], ["member2"], ["member1", "member2", "member3"]]) {
      it(`${kind}: a refresh without ${lost.join(", ")} keeps what was known`, async () => {
        if (kind === "ServiceImport") await made("ServiceExport", kinds[1]![1]);
        const { id, inputs, outs } = await made(kind, args);
        at.restart();
        lost.forEach((it) => at.silence(it));
        const read = await handlers(kind).read(id, outs);
        assert.equal(read.id, id);
        const { skipped, ...rest } = read.props;
        const { skipped: _none, ...before } = outs;
        assert.deepEqual(rest, before);
        assert.deepEqual(Object.keys(skipped as object), lost);
        assert.deepEqual(read.inputs, inputs);
      });
    }
  }

  it("an update keeps what was known of a member that does not answer", async () => {
    const args = { ...whole, importTo: ["member2", "member3"] };
    const { id, inputs, outs } = await made("MultiClusterService", args);
    pods(at.members.member1!, ["10.0.0.5", "10.0.0.6"]);
    at.restart();
    at.silence("member2");
    const error = (await handlers("MultiClusterService")
      .update(id, outs, inputs)
      .catch((cause: unknown) => cause)) as { properties: Properties };
    const imports = (of: Properties) => of.imports as Record<string, { endpoints: { total: number } }>;
    assert.deepEqual(imports(error.properties).member2, imports(outs).member2);
    assert.equal(imports(error.properties).member3?.endpoints.total, 2);
  });

  it("a member that is imported to no longer is not kept in mind, but for what is left there", async () => {
    const args = { ...whole, importTo: ["member2", "member3"] };
    const { id, inputs, outs } = await made("MultiClusterService", args);
    at.restart();
    at.silence("member2");
    const { properties: next, message } = (await handlers("MultiClusterService")
      .update(id, outs, { ...inputs, importTo: ["member3"] })
      .catch((cause: unknown) => cause)) as { properties: Properties; message: string };
    assert.deepEqual(Object.keys(next.imports as object), ["member3"]);
    assert.deepEqual(next.withdrawing, ["member2"]);
    assert.match(message, /^cluster "member2": no answer; objects of default\/serve \(import\) are left in "member2"/);
  });

  it('a service\'s own "hold" goes on where the clusterset says "fail"', async () => {
    const { id, outs, inputs } = await made("MultiClusterService", { ...whole, unreachable: "hold" });
    at.restart({ unreachable: "fail" });
    at.silence("member3");
    pods(at.members.member1!, ["10.0.0.6"]);
    const { outs: next } = await handlers("MultiClusterService").update(id, outs, inputs);
    assert.deepEqual(Object.keys(next.skipped as object), ["member3"]);
    const others = await made("MultiClusterService", whole).then(
      () => "made",
      () => "refused",
    );
    assert.equal(others, "refused");
  });

  it('a service\'s own "fail" stops that service alone', async () => {
    const { id, outs, inputs } = await made("MultiClusterService", { ...whole, unreachable: "fail" });
    at.restart();
    at.silence("member1");
    const writes = at.writes();
    assert.match(
      await refused(handlers("MultiClusterService").update(id, outs, inputs)),
      /cluster "member1": no answer/,
    );
    assert.deepEqual(await handlers("MultiClusterService").diff(id, outs, inputs), { changes: true });
    assert.equal((await handlers("MultiClusterService").read(id, outs)).id, id);
    assert.equal(at.writes(), writes);
  });

  it("time and policy of the clusterset are those of a service that says nothing", async () => {
    const { id, outs, inputs } = await made("MultiClusterService", { ...whole, await: false });
    at.restart({ unreachable: "drop", dropAfterSeconds: 0 });
    at.silence("member1");
    await refused(handlers("MultiClusterService").update(id, outs, inputs));
    const slices = await at.members.member2!.list("EndpointSlice", { labelSelector: "pulumi-mcs/managed=true" });
    assert.deepEqual(slices, []);
  });
});
