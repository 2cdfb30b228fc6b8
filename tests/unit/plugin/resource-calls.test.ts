/** Requests of the protocol, on members in memory. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CheckRequest,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  DiffResponse,
  ReadRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import { resourceCalls } from "../../../plugin/resource-calls";
import { propertiesOf, structOf } from "../../../plugin/wire";
import type { Properties } from "../../../provider/resources/inputs/properties";
import { guarded } from "../../../provider/resources/process/preview-guard";
import { useContext } from "../../../provider/resources/process/context";
import { pods, serve, stage, type Stage } from "../resources/stage";

const URN = "urn:pulumi:dev::shop::mcs:index:MultiClusterService::serve";
const args = { namespace: "default", exportFrom: ["member1"], importTo: ["*"] };
const calls = resourceCalls(() => ({ settings: {}, incarnation: "this set" }));

describe("a request about a resource", () => {
  let at: Stage;
  beforeEach(() => {
    at = stage();
    at.restart({ wrap: guarded });
    serve(at.members.member1!);
  });
  afterEach(() => useContext(undefined));

  const checked = async (news: Properties, olds: Properties = {}) => {
    const request = new CheckRequest().setUrn(URN).setOlds(structOf(olds)).setNews(structOf(news));
    const response = await calls.check(request);
    assert.deepEqual(response.getFailuresList(), []);
    return propertiesOf(response.getInputs());
  };
  const created = async (inputs: Properties, more = (request: CreateRequest) => request) =>
    calls.create(more(new CreateRequest().setUrn(URN).setProperties(structOf(inputs))));
  const diffed = async (outputs: Properties, news: Properties) =>
    calls.diff(new DiffRequest().setId("default/serve").setUrn(URN).setOlds(structOf(outputs)).setNews(structOf(news)));

  it("check: names the service by its resource, and stores nothing that the engine tells in every request", async () => {
    const inputs = await checked(args);
    assert.deepEqual([inputs.name, inputs.importTo], ["serve", ["member1", "member2"]]);
    for (const hidden of ["resourceUrn", "incarnation", "dependenciesDone", "customTimeouts"])
      assert.equal(hidden in inputs, false, hidden);
  });

  it("create: in a preview nothing is written, and the outputs are those of the create", async () => {
    const inputs = await checked(args);
    const told = propertiesOf((await created(inputs, (request) => request.setPreview(true))).getProperties());
    assert.equal(at.writes(), 0);
    const response = await created(inputs);
    assert.equal(response.getId(), "default/serve");
    const made = propertiesOf(response.getProperties());
    assert.deepEqual(told.exports, made.exports);
    assert.equal("resourceUrn" in made, false);
  });

  it("create: goes by the timeout of the program", async () => {
    const inputs = await checked({ ...args, await: { endpoints: 99, timeoutSeconds: 3 } });
    await assert.rejects(
      created(inputs, (request) => request.setTimeout(1)),
      /MultiClusterService: create did not end within 1 s/,
    );
    // The process lives on, and what changes now would be written, if the wait went on.
    const before = at.writes();
    pods(at.members.member1!, ["10.0.0.5", "10.0.0.6"]);
    await sleep(300);
    assert.equal(at.writes(), before, "nothing is written once the engine was told that it failed");
  });

  it("diff: tells each property, what replaces, and the outputs that stay known", async () => {
    const inputs = await checked(args);
    const outputs = propertiesOf((await created(inputs)).getProperties());
    const same = await diffed(outputs, await checked(args, inputs));
    assert.equal(same.getChanges(), DiffResponse.DiffChanges.DIFF_NONE);
    const news = await checked({ ...args, importTo: ["member2"], adopt: true }, inputs);
    const response = await diffed(outputs, news);
    const details: string[] = [];
    response.getDetaileddiffMap().forEach((it, path) => details.push(`${path} ${it.getInputdiff()}`));
    assert.deepEqual(details.sort(), [
      "adopt true",
      "importTo[0] true",
      "importTo[1] true",
      'imports["member1"] false',
    ]);
    assert.deepEqual(response.getStablesList(), ["namespace", "name"]);
    const renamed = await diffed(outputs, { ...inputs, namespace: "other" });
    assert.deepEqual([renamed.getReplacesList(), renamed.getDeletebeforereplace()], [["namespace"], true]);
  });

  it("update: keeps the owner; in a preview nothing is written", async () => {
    const inputs = await checked(args);
    const outputs = propertiesOf((await created(inputs)).getProperties());
    const news = await checked({ ...args, maxEndpointsPerSlice: 5 }, inputs);
    const request = () =>
      new UpdateRequest().setId("default/serve").setUrn(URN).setOlds(structOf(outputs)).setNews(structOf(news));
    const before = at.writes();
    const told = propertiesOf((await calls.update(request().setPreview(true))).getProperties());
    assert.equal(at.writes(), before);
    const made = propertiesOf((await calls.update(request())).getProperties());
    assert.deepEqual(told, made);
    assert.equal(made.owner, outputs.owner);
  });

  it("read: of an id alone imports without a write, and finds nothing where nothing is", async () => {
    const absent = await calls.read(new ReadRequest().setId("default/serve").setUrn(URN));
    assert.equal(absent.getId(), "");
    await created(await checked(args));
    const before = at.writes();
    const found = await calls.read(new ReadRequest().setId("default/serve").setUrn(URN));
    const inputs = propertiesOf(found.getInputs());
    assert.deepEqual([inputs.exportFrom, inputs.importTo, inputs.adopt], [["member1"], ["member1", "member2"], true]);
    const outputs = propertiesOf(found.getProperties());
    // The program says just that: the engine is told that nothing differs, though nothing is ours yet.
    assert.equal((await diffed(outputs, inputs)).getChanges(), DiffResponse.DiffChanges.DIFF_NONE);
    at.restart({ wrap: guarded });
    await calls.delete(new DeleteRequest().setId("default/serve").setUrn(URN).setProperties(structOf(outputs)));
    assert.equal(at.writes(), before, "what was only imported is nobody's to delete");
    await assert.rejects(
      calls.read(new ReadRequest().setId("default/serve@member1").setUrn(URN)),
      /"default\/serve@member1" is not the id of a MultiClusterService, which is like "default\/serve"/,
    );
  });
});
