/** With --continue-on-error one service that is refused keeps no other from being written: the engine ends the whole at a refusal in check or diff. */
import assert from "node:assert/strict";
import { handlers } from "../../../../provider/dynamic-provider";
import { useContext } from "../../../../provider/resources/process/context";
import { serve, stage, type Stage } from "../stage";

const { MultiClusterService: service } = handlers;

const args = {
  __provider: "the door",
  resourceUrn: "urn:serve",
  namespace: "default",
  name: "serve",
  exportFrom: ["member1"],
  importTo: ["member2"],
  await: false,
};

describe("a refusal with --continue-on-error", () => {
  let at: Stage;
  beforeEach(() => {
    at = stage();
    serve(at.members.member1!);
  });
  afterEach(() => useContext(undefined));

  const foreign = () =>
    at.members.member2!.put("Service", {
      metadata: { namespace: "default", name: "derived-serve" },
      spec: { ports: [{ port: 80 }] },
    });
  const TEXT = /Service default\/derived-serve was not made by pulumi-mcs; rename or delete it/;

  it("of check is told by it, and is that of the create: nothing is written", async () => {
    at.restart({ continuesOnError: true });
    foreign();
    const writes = at.writes();
    const { inputs, failures } = await service.check({}, args);
    assert.deepEqual(failures, []);
    assert.match(at.warnings().join("\n"), new RegExp(`will be refused \\(--continue-on-error\\): .*${TEXT.source}`));
    await assert.rejects(service.create(inputs), TEXT);
    assert.equal(at.writes(), writes);
  });

  it("of a wrong argument stays one of check", async () => {
    at.restart({ continuesOnError: true });
    const { failures } = await service.check({}, { ...args, derivedName: "serve" });
    assert.equal(failures.length, 1);
  });

  it("of check is one of check without the flag", async () => {
    foreign();
    const { failures } = await service.check({}, args);
    assert.match(failures.map(({ reason }) => reason).join(), TEXT);
  });

  it("of diff is told by it, and is that of the update", async () => {
    const { inputs } = await service.check({}, args);
    const { id, outs } = await service.create(inputs);
    at.restart({ continuesOnError: true, ids: ["member1"] });
    const alone = { ...inputs, importTo: ["member1"] };
    const { failures } = await service.check(inputs, alone);
    assert.deepEqual(failures, []);
    assert.deepEqual(await service.diff(id, outs, alone), { changes: true });
    const writes = at.writes();
    await assert.rejects(service.update(id, outs, alone), /"member2" is not in the clusterset any more/);
    assert.equal(at.writes(), writes);
  });

  it("of what takes the place of a resource ends the whole before that one goes", async () => {
    const { inputs } = await service.check({}, args);
    const { id, outs } = await service.create(inputs);
    at.members.member1!.put("Service", {
      metadata: { namespace: "default", name: "other" },
      spec: { type: "ExternalName", externalName: "example.org" },
    });
    at.restart({ continuesOnError: true });
    const other = { ...args, name: "other" };
    assert.deepEqual((await service.diff(id, outs, { ...inputs, name: "other" })).replaces, ["name"]);
    const { failures } = await service.check({}, other);
    assert.ok(failures.length > 0);
  });

  it("of what has to be replaced does not make an update of it: the old objects would belong to nobody", async () => {
    const { inputs } = await service.check({}, args);
    const { id, outs } = await service.create(inputs);
    serve(at.members.member1!);
    const other = await at.members.member1!.get("Service", { namespace: "default", name: "serve" });
    at.members.member1!.put("Service", { ...other!, metadata: { namespace: "default", name: "other" } });
    at.restart({ continuesOnError: true, unreachable: "fail" });
    at.silence("member2");
    const news = { ...inputs, name: "other" };
    assert.deepEqual(await service.diff(id, outs, news), { changes: true });
    // It answers again when the update's turn comes.
    at.speak("member2");
    at.restart({ continuesOnError: true, unreachable: "fail" });
    const writes = at.writes();
    await assert.rejects(
      service.update(id, outs, news),
      /name of a MultiClusterService cannot be changed in place.*run pulumi up again/,
    );
    assert.equal(at.writes(), writes);
  });
});
