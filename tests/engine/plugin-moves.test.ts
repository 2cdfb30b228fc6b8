/**
 * A TypeScript program goes over from Pulumi's dynamic provider to our plugin by one line, and back: nothing is replaced, no API server hears a write, and the
 * cluster IPs stay.
 */
import assert from "node:assert/strict";
import { marked } from "../support/objects";
import { deployServe } from "../support/workload";
import { Members, ok, openClusterSet, type Program } from "./clusterset-stack";
import { patienceMs } from "./harness/index";
import { installPlugin } from "./plugin-stack";

const serve = { namespace: "default", name: "serve" };
const one: Program = { services: { serve: { ...serve, exportFrom: ["member1"], importTo: ["member2"] } } };
const parts: Program = {
  exports: { out: { ...serve, cluster: "member1" } },
  imports: { in: { ...serve, cluster: "member2", from: ["member1"] } },
};

describe("a program that goes over to the plugin and back", function () {
  this.timeout(patienceMs);
  let members: Members;
  let played: Awaited<ReturnType<typeof openClusterSet>>;

  before(async () => {
    members = await Members.start(2);
    await deployServe(members.api("member1"), 2);
  });
  beforeEach(async () => {
    played = await openClusterSet(members, { skipPreview: true });
    await installPlugin(played.stack);
  });
  afterEach(() => played.close());
  after(() => members?.stop());

  const clusterIP = async () => {
    const path = "/api/v1/namespaces/default/services/derived-serve";
    return ((await members.api("member2")("GET", path)) as { spec: { clusterIP: string } }).spec.clusterIP;
  };
  const ours = async () => Promise.all(members.ids.map((id) => marked(members.api(id))));
  const writes = () => Object.values(members.take()).flatMap((it) => it.writes);
  const isReview = (write: string) => write.includes("accessreviews");
  const types = async () =>
    new Set((await played.stack.exportState()).deployment.resources!.map(({ type }) => type.replace(/:[^:]*$/, "")));
  const by = (program: Program, plugin: boolean) => played.program({ ...program, set: { plugin } });

  /** @param updated resources of which the state alone is written anew, besides the provider */
  async function goesTo(program: Program, plugin: boolean, updated = 0): Promise<void> {
    const [before, address] = [await ours(), await clusterIP()];
    await by(program, plugin);
    writes();
    const { changes, stdout } = ok(await played.stack.up());
    assert.deepEqual([changes.create, changes.delete, changes.replace], [0, 0, 0], stdout);
    assert.equal(changes.update, 1 + updated, stdout);
    // What a refresh finds is what the handlers of now understand.
    const again = ok(await played.stack.up({ refresh: true }));
    assert.equal(again.changes.update, 0, again.stdout);
    assert.deepEqual(
      writes().filter((write) => !isReview(write)),
      [],
    );
    assert.deepEqual(await ours(), before);
    assert.equal(await clusterIP(), address);
    assert.equal((await types()).has("mcs:index"), true);
    assert.equal((await types()).has("pulumi-nodejs:dynamic/mcs"), !plugin);
  }

  it("made by the dynamic provider: over, back, and over again, and destroyed by the plugin", async () => {
    await by(one, false);
    ok(await played.stack.up());
    for (const plugin of [true, false, true]) await goesTo(one, plugin);
    ok(await played.stack.destroy());
    assert.deepEqual(await ours(), [[], []]);
  });

  it("made by the plugin: back, each resource stored once with what leads to its handlers, and destroyed by the dynamic provider", async () => {
    await by(parts, true);
    ok(await played.stack.up());
    await goesTo(parts, false, 3);
    ok(await played.stack.destroy());
    assert.deepEqual(await ours(), [[], []]);
  });
});
