/** Whole programs on real members: what preview, up, refresh and destroy do, and what they cost. */
import assert from "node:assert/strict";
import { held } from "../support/evidence";
import { marked } from "../support/objects";
import { deployServe, scaleServe } from "../support/workload";
import { assertNoStackTrace, Members, ok, openClusterSet, type PlayedStack } from "./clusterset-stack";
import { patienceMs } from "./harness/index";

const serve = { namespace: "default", exportFrom: ["member1"], importTo: ["member2"] };
const derived = "/api/v1/namespaces/default/services/derived-serve";

interface Views {
  readonly services: Readonly<
    Record<string, { imports: Record<string, { clusterIPs: string[]; endpoints: { ready: number } }> }>
  >;
}

describe("a multi-cluster service", function () {
  this.timeout(patienceMs);
  let members: Members;
  let played: PlayedStack & { close(): void };

  before(async function () {
    this.timeout(600_000);
    members = await Members.start(2);
    await deployServe(members.api("member1"));
    played = await openClusterSet(members);
  });
  beforeEach(() => void members.take());
  after(async () => {
    played?.close();
    await members?.stop();
  });

  const imported = async () => ((await played.stack.outputs()) as unknown as Views).services.serve!.imports.member2!;
  const writes = () => Object.entries(members.take()).flatMap(([id, it]) => it.writes.map((what) => `${id} ${what}`));

  it("preview shows the members and each object on the service's line, and writes nothing", async () => {
    await played.program({ services: { serve } });
    const before = await members.fingerprints();
    const preview = ok(await played.stack.preview());
    const [member1, member2, ...rest] = played.lines(preview, "serve");
    assert.match(member1 ?? "", /^member1: create ServiceExport serve/);
    assert.match(
      member2 ?? "",
      /^member2: create Service derived-serve; create ServiceImport serve; slices \+1 ~0 −0, endpoints \+1 −0$/,
    );
    assert.deepEqual(rest, []);
    assert.match(played.lines(preview, "prod").join("\n"), /^member1: v1\.\d+.*CRDs to install/m);
    assert.deepEqual(writes(), []);
    assert.deepEqual(await members.fingerprints(), before);
  });

  it("up makes them, and tells address and endpoints", async () => {
    ok(await played.stack.up());
    const { clusterIPs, endpoints } = await imported();
    const service = (await members.api("member2")("GET", derived)) as { spec: { clusterIP: string } };
    assert.deepEqual(clusterIPs, [service.spec.clusterIP]);
    assert.equal(endpoints.ready, 1);
  });

  it("no kubeconfig and no token is in clear in the state", async () => {
    const state = JSON.stringify(await played.stack.exportState());
    for (const { token, server } of Object.values(members.clusters.members)) {
      assert.ok(!state.includes(token), "a token is in the state");
      assert.ok(!state.includes(server), "a kubeconfig is in the state");
    }
    for (const { url } of Object.values(members.proxies))
      assert.ok(!state.includes(url), "a kubeconfig is in the state");
  });

  it("a second up changes nothing, writes nothing, and asks each member at most six times a process", async () => {
    const second = ok(await played.stack.up());
    assert.equal(second.changes.same, 6);
    const taken = members.take();
    for (const [id, { all, writes: written }] of Object.entries(taken)) {
      assert.deepEqual(written, []);
      // A pass each for preview and update, and a process each for its provider.
      assert.ok(all <= 12, `${id}: ${all} requests`);
    }
    held({ area: "life", what: "a second up: no change, no write, and few requests", on: "pulumi" });
  });

  it("a pod more is announced, and costs one write", async () => {
    await scaleServe(members.api("member1"), 2);
    const preview = ok(await played.stack.preview());
    assert.deepEqual(played.lines(preview, "serve"), ["member2: slices +0 ~1 −0, endpoints +1 −0"]);
    assert.equal(preview.changes.update, 1);
    members.take();
    const update = ok(await played.stack.up());
    assert.deepEqual(played.lines(update, "serve"), ["member2: slices +0 ~1 −0, endpoints +1 −0"]);
    assert.equal(writes().length, 1);
    assert.equal((await imported()).endpoints.ready, 2);
    held({ area: "life", what: "a pod more: announced, and one write", on: "pulumi" });
  });

  it("preview shows a drift in an importing member, and leaves it alone", async () => {
    await members.api("member2")("DELETE", derived);
    const before = await members.fingerprints();
    const preview = ok(await played.stack.preview());
    assert.match(played.lines(preview, "serve").join("\n"), /^member2: create Service derived-serve/);
    assert.deepEqual(await members.fingerprints(), before);
  });

  it("preview --refresh and refresh --preview-only show it, too, and leave it alone", async () => {
    const before = await members.fingerprints();
    const preview = ok(await played.stack.preview({ refresh: true }));
    assert.match(played.lines(preview, "serve").join("\n"), /^member2: create Service derived-serve/);
    ok(await played.stack.refresh({ previewOnly: true }));
    assert.deepEqual(await members.fingerprints(), before);
  });

  it("refresh repairs it, and up has nothing left to do", async () => {
    ok(await played.stack.refresh());
    await members.api("member2")("GET", derived);
    const after = ok(await played.stack.up());
    assert.equal(after.changes.same, 6);
  });

  it("a refresh of what has not drifted writes nothing", async () => {
    ok(await played.stack.refresh());
    assert.deepEqual(writes(), []);
  });

  it('refresh: "observe" only looks; the next up repairs', async () => {
    await played.program({ services: { serve }, set: { refresh: "observe" } });
    ok(await played.stack.up());
    await members.api("member2")("DELETE", derived);
    members.take();
    ok(await played.stack.refresh());
    assert.deepEqual(writes(), []);
    const repair = ok(await played.stack.up());
    assert.equal(repair.changes.update, 1);
    await members.api("member2")("GET", derived);
  });

  it("another name for the derived Service moves the service there: the old one goes last", async () => {
    await played.program({ services: { serve: { ...serve, derivedName: "far-serve" } } });
    const update = ok(await played.stack.up());
    assert.equal(update.changes.update, 3, "the service; the provider instance and the membership no longer observe");
    const ours = await marked(members.api("member2"));
    assert.ok(ours.includes("Service default/far-serve"));
    assert.ok(!ours.includes("Service default/derived-serve"));
    const again = ok(await played.stack.up());
    assert.equal(again.changes.same, 6);
    held({ area: "life", what: "another name for the derived Service: the old one goes last", on: "pulumi" });
  });

  it("a service without ready endpoints in time is recorded as failed, and the next up goes on", async () => {
    await scaleServe(members.api("member1"), 0);
    await played.program({ services: { serve: { ...serve, await: { timeoutSeconds: 2 } } } });
    const failed = await played.stack.up();
    assert.equal(failed.ok, false);
    assert.match(
      failed.error ?? "",
      /cluster "member2": Service derived-serve has 0 of 1 ready endpoints \(waited 2 s\)/,
    );
    assertNoStackTrace(failed);
    await scaleServe(members.api("member1"), 1);
    const next = ok(await played.stack.up());
    assert.equal(next.changes.update, 1);
    assert.equal((await imported()).endpoints.ready, 1);
  });

  it("a member that does not answer is held: a warning, no change, nothing removed", async () => {
    await members.proxies.member1!.down();
    try {
      const service = { ...serve, await: { timeoutSeconds: 2 } };
      await played.program({ services: { serve: service }, set: { requestTimeoutSeconds: 2 } });
      const before = await members.fingerprints();
      const preview = ok(await played.stack.preview());
      assert.equal(preview.changes.update, 2, "the provider instance and the membership, for the new time limit");
      assert.match(preview.logs.map(({ message }) => message).join("\n"), /member1/);
      assert.deepEqual(await members.fingerprints(), before);
    } finally {
      await members.proxies.member1!.up();
    }
  });

  it("destroy removes all that is ours and leaves the rest", async () => {
    ok(await played.stack.destroy());
    assert.deepEqual(await marked(members.api("member1")), []);
    assert.deepEqual(await marked(members.api("member2")), []);
    await members.api("member1")("GET", "/api/v1/namespaces/default/services/serve");
    held({ area: "life", what: "destroy: all that is ours, and nothing else", on: "pulumi" });
  });
});
