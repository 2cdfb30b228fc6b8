/** A member is taken out of a clusterset: nothing of ours stays behind in it, unless somebody said so. */
import assert from "node:assert/strict";
import { handlers } from "../../../provider/dynamic-provider";
import { Partial } from "../../../provider/resources/display/failure";
import { useContext } from "../../../provider/resources/process/context";
import type { Properties } from "../../../provider/resources/inputs/properties";
import { serve, stage, type Stage } from "./stage";

const service = handlers.MultiClusterService;
const membership = handlers.ClusterSetMembership;
const ALL = ["member1", "member2", "member3"];
const LEFT = ALL.slice(0, 2);

const args = {
  __provider: "the door",
  resourceUrn: "urn:serve",
  namespace: "default",
  name: "serve",
  exportFrom: "all",
  importTo: "all",
  await: false,
};

/** Everything of ours in member3. */
async function ours(at: Stage): Promise<readonly string[]> {
  const kinds = ["ServiceExport", "ServiceImport", "Service", "EndpointSlice"] as const;
  const found = await Promise.all(
    kinds.map(async (kind) => {
      const objects = await at.members.member3!.list(kind, { labelSelector: "pulumi-mcs/managed=true" });
      return objects.map(({ metadata }) => `${kind} ${metadata.name}`);
    }),
  );
  return found.flat();
}

describe("a member that leaves the clusterset", () => {
  let at: Stage;
  let made: { readonly id: string; readonly inputs: Properties; readonly outs: Properties };

  beforeEach(async () => {
    at = stage({ ids: ALL });
    for (const id of ALL) serve(at.members[id]!, [`10.0.0.${id.at(-1)}`]);
    const { inputs } = await service.check({}, args);
    made = { inputs, ...(await service.create(inputs)) };
    assert.equal((await ours(at)).length > 0, true);
  });
  afterEach(() => useContext(undefined));

  /** As the engine asks for a resource that exists. */
  async function up(): Promise<Properties> {
    const { inputs, failures } = await service.check(made.inputs, args);
    assert.deepEqual(failures, []);
    assert.equal((await service.diff(made.id, made.outs, inputs)).changes, true);
    return (await service.update(made.id, made.outs, inputs)).outs;
  }

  it("loses what is ours, in a preview that says so, and is no source any more", async () => {
    at.restart({ leaving: ["member3"] });
    const outs = await up();
    assert.match(at.said().join("\n"), /^member3: .*remove ServiceImport serve.*remove ServiceExport serve/m);
    assert.deepEqual(await ours(at), []);
    assert.deepEqual(outs.exportFrom, LEFT);
    assert.deepEqual(outs.importTo, LEFT);
    const slices = await at.members.member1!.list("EndpointSlice", { labelSelector: "pulumi-mcs/managed=true" });
    const sources = slices.map(({ metadata }) => metadata.labels?.["multicluster.kubernetes.io/source-cluster"]);
    assert.deepEqual([...new Set(sources)].sort(), LEFT);
  });

  it("is refused where it is named", async () => {
    at.restart({ leaving: ["member3"] });
    const { failures } = await service.check(made.inputs, { ...args, exportFrom: ALL });
    assert.deepEqual(failures, [
      {
        property: "exportFrom",
        reason: '"member3" is leaving the clusterset (leaving: true): do not name it any more',
      },
    ]);
  });

  it("cannot go at once: the service says what it holds there, and the ways out", async () => {
    at.restart({ ids: LEFT });
    const { failures } = await service.check(made.inputs, args);
    assert.deepEqual(failures, [
      {
        property: "",
        reason:
          'cluster "member3" is not in the clusterset any more and still holds objects of default/serve (export, import): ' +
          "put it back with leaving: true and run pulumi up, then remove it; or set forgetUnreachable: true to leave them there",
      },
    ]);
    await assert.rejects(service.diff(made.id, made.outs, made.inputs), /member3.*still holds/);
  });

  it("is left as it is when the clusterset forgets it, with a warning", async () => {
    at.restart({ ids: LEFT, forgetUnreachable: true });
    const outs = await up();
    assert.match(at.warnings().join("\n"), /cluster "member3" is not in the clusterset any more and still holds/);
    assert.equal("withdrawing" in outs, false);
    at.restart({ ids: LEFT });
    assert.deepEqual((await service.check(outs, args)).failures, []);
  });

  it("is kept in mind while it does not answer: every run says so, until it is cleared", async () => {
    at.restart({ leaving: ["member3"] });
    at.silence("member3");
    const { inputs } = await service.check(made.inputs, args);
    const failed = (await service.update(made.id, made.outs, inputs).catch((cause: unknown) => cause)) as {
      properties: Properties;
    };
    assert.deepEqual(failed.properties.withdrawing, ["member3"]);
    // The engine keeps the old inputs of what failed, and may ask `diff` with the new outputs.
    at.restart({ ids: LEFT });
    await assert.rejects(service.diff(made.id, failed.properties, inputs), /member3.*still holds/);
    await assert.rejects(service.delete(made.id, failed.properties), /member3.*still holds/);
    at.speak("member3");
    at.restart({ leaving: ["member3"] });
    assert.equal((await service.diff(made.id, failed.properties, inputs)).changes, true);
    const { outs } = await service.update(made.id, failed.properties, inputs);
    assert.equal("withdrawing" in outs, false);
    assert.deepEqual(await ours(at), []);
  });

  it("keeps a resource that goes together with it from being forgotten", async () => {
    at.restart({ ids: LEFT });
    await assert.rejects(
      service.delete(made.id, made.outs),
      /cluster "member3" is not in the clusterset any more and still holds objects of default\/serve \(export, import\)/,
    );
    at.restart({ ids: LEFT, forgetUnreachable: true });
    await service.delete(made.id, made.outs);
    assert.match(at.warnings().join("\n"), /cluster "member3" is not in the clusterset any more/);
  });

  it("is not checked any more: what is wrong with it concerns nobody", async () => {
    at.restart({ leaving: ["member3"] });
    at.silence("member3");
    const clusters = { member1: {}, member2: {}, member3: { leaving: true } };
    const set = { __provider: "the door", resourceUrn: "urn:set", name: "prod", clusters };
    assert.deepEqual((await membership.check({}, set)).failures, []);
  });

  it("is warned of where it goes without having been on its way out", async () => {
    const clusters = { member1: {}, member2: {}, member3: {} };
    const set = { __provider: "the door", resourceUrn: "urn:set", name: "prod", clusters };
    at.restart({ ids: LEFT });
    const { inputs } = await membership.check(set, { ...set, clusters: { member1: {}, member2: {} } });
    assert.deepEqual(await membership.diff("prod", set, inputs), { changes: true });
    assert.match(at.warnings().join("\n"), /cluster "member3" goes without leaving: true/);
  });

  describe("and says who it is", () => {
    const staying = { member1: {}, member2: {} };
    const set = { __provider: "the door", resourceUrn: "urn:set", name: "prod", clusters: { ...staying, member3: {} } };
    const going = { ...set, clusters: { ...staying, member3: { leaving: true } } };

    beforeEach(() => {
      at = stage({ ids: ALL, member: () => ({ unserved: [] }) });
    });

    /** The clusterset before member3 leaves it, and its outputs after an update in which member3 did not answer. */
    async function failedToLeave(): Promise<{ readonly inputs: Properties; readonly outs: Properties }> {
      const { outs } = await membership.create((await membership.check({}, set)).inputs);
      at.restart({ leaving: ["member3"] });
      at.silence("member3");
      const { inputs } = await membership.check(set, going);
      const error: unknown = await membership.update("prod", outs, inputs).catch((cause: unknown) => cause);
      assert.ok(error instanceof Partial, String(error));
      return { inputs, outs: error.properties };
    }

    it("is asked to leave until it did, whatever a refresh found in between", async () => {
      const { inputs, outs } = await failedToLeave();
      at.restart({ leaving: ["member3"] });
      const { props } = await membership.read("prod", outs);
      at.restart({ leaving: ["member3"] });
      assert.equal((await membership.diff("prod", props, inputs)).changes, true);
      at.speak("member3");
      at.restart({ leaving: ["member3"] });
      at.lines.length = 0;
      assert.equal((await membership.diff("prod", props, inputs)).changes, true);
      assert.match(at.said().join("\n"), /^member3: remove ClusterProperty/m);
      const { outs: left } = await membership.update("prod", props, inputs);
      assert.deepEqual(left.identified, LEFT);
      assert.deepEqual(await at.members.member3!.list("ClusterProperty"), []);
      at.restart({ leaving: ["member3"] });
      assert.equal((await membership.diff("prod", left, inputs)).changes, false);
    });

    it("does not keep a refresh from remembering what it wrote in the others", async () => {
      const { outs } = await failedToLeave();
      at.restart({ leaving: ["member3"] });
      const { props } = await membership.read("prod", { ...outs, identified: ["member3"] });
      assert.deepEqual(props.identified, ["member3"]);
      await at.members.member1!.remove("ClusterProperty", { name: "clusterset.k8s.io" });
      at.restart({ leaving: ["member3"] });
      const repaired = await membership.read("prod", { ...outs, identified: ["member3"] });
      assert.deepEqual(repaired.props.identified, ALL);
    });
  });
});
