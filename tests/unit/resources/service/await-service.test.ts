/** What a service waits for after its writes. */
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { handlers } from "../../../../provider/dynamic-provider";
import { missing } from "../../../../provider/resources/inputs/await-input";
import { Partial } from "../../../../provider/resources/display/failure";
import { useContext } from "../../../../provider/resources/process/context";
import { serve, stage } from "../stage";

const { MultiClusterService: service } = handlers;

const args = {
  __provider: "the door",
  resourceUrn: "urn:serve",
  namespace: "default",
  name: "serve",
  exportFrom: ["member1"],
  importTo: ["member2"],
  unreachable: "fail",
};

describe("the wait for a service", () => {
  afterEach(() => useContext(undefined));

  it("that ends because members went away tells what was written, so that nothing of it is forgotten", async () => {
    const at = stage();
    serve(at.members.member1!, []);
    const { inputs, failures } = await service.check({}, args);
    assert.deepEqual(failures, []);
    const creating = service.create(inputs).then(
      () => assert.fail("it cannot work"),
      (error: unknown) => error,
    );
    while (!at.lines.some(({ message }) => message.startsWith("waiting:"))) await pause(5);
    assert.ok(at.writes() > 0);
    at.silence("member1");
    const error = await creating;
    assert.ok(error instanceof Partial, String(error));
    assert.equal(error.id, "default/serve");
    assert.match(error.message, /cluster "member1": no answer/);
    assert.doesNotMatch(error.message, /nothing was written/);
    assert.equal(typeof error.properties.owner, "string");
  }).timeout(30_000);

  it("is not cut short for a member whose id every object has a property of, nor does that keep it from leaving", async () => {
    const at = stage({ ids: ["constructor", "member2"] });
    for (const member of Object.values(at.members)) serve(member);
    const both = { ...args, exportFrom: ["constructor", "member2"], await: false };
    const { inputs } = await service.check({}, both);
    const { id, outs } = await service.create(inputs);
    const { inputs: news } = await service.check(inputs, { ...both, exportFrom: ["member2"] });
    const { outs: left } = await service.update(id, outs, news);
    assert.deepEqual(left.skipped, {});
    const view = { exports: {}, imports: {}, conflicts: [], skipped: {}, unreadableMembers: [], allUnreadable: false };
    const reasons = missing(view, { exportFrom: ["constructor"], importTo: ["constructor"], endpoints: 1 });
    assert.equal(reasons.length, 2);
  });
});
