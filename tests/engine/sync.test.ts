/** `pulumi up` and sync on the same service: sync keeps current what the stack made, and neither finds anything to do after the other. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../provider/kube/connect";
import type { EndpointSlice } from "../../provider/mcs/api";
import { LABEL } from "../../provider/mcs/marks";
import { fixedMembers } from "../../provider/sync/seams/sync-members";
import type { WriteEvent } from "../../provider/sync/seams/sync-observer";
import { createSync } from "../../provider/sync/sync-process";
import { waitFor } from "../controlplane/wait";
import { normalised } from "../support/normalised";
import { deployServe, replacePods, scaleServe } from "../support/workload";
import { Members, ok, openClusterSet, type Program } from "./clusterset-stack";
import { patienceMs } from "./harness/index";

const program: Program = {
  services: {
    serve: {
      ...{ namespace: "default", name: "serve", exportFrom: ["member1"], importTo: ["member2"] },
      ...{ maxEndpointsPerSlice: 2, unreachable: "notReady" },
    },
  },
};

describe("pulumi up and sync together", function () {
  this.timeout(patienceMs);
  let members: Members;
  let dev: Awaited<ReturnType<typeof openClusterSet>>;
  const writes: WriteEvent[] = [];
  const ending = new AbortController();
  let ran: Promise<void> | undefined;

  before(async function () {
    this.timeout(600_000);
    members = await Members.start(2);
    await deployServe(members.api("member1"), 2);
    dev = await openClusterSet(members, { skipPreview: true });
    await dev.program(program);
  });
  after(async () => {
    ending.abort();
    await ran;
    dev?.close();
    await members?.stop();
  });

  function sync(): void {
    const all = members.ids.map((id) => ({
      id,
      connect: () => connect({ id, kubeconfig: members.clusters.members[id]!.kubeconfig }),
    }));
    const observer = { written: (it: WriteEvent) => void writes.push(it) };
    ran = createSync({ members: fixedMembers(all), autoImport: true, observer }).run(ending.signal);
  }
  async function imported(): Promise<readonly EndpointSlice[]> {
    const query = `labelSelector=${encodeURIComponent(`${LABEL.importName}=serve`)}`;
    const list = `/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?${query}`;
    return ((await members.api("member2")("GET", list)) as { items: readonly EndpointSlice[] }).items;
  }
  const addresses = async () =>
    (await imported()).flatMap(({ endpoints }) => (endpoints ?? []).flatMap((it) => it.addresses)).sort();
  const became = (wanted: readonly string[]) =>
    waitFor("the endpoints in member2", async () => {
      assert.deepEqual(await addresses(), [...wanted].sort());
      return true;
    });
  const inMember2 = () =>
    writes.filter(({ member }) => member === "member2").map(({ verb, kind }) => `${verb} ${kind}`);

  it("sync finds nothing to do on what the stack has made", async () => {
    ok(await dev.stack.up());
    sync();
    // It imports into member1 by itself, which the stack does not: once that is done it has seen all.
    await waitFor(
      "the import in member1",
      async () => writes.some(({ kind }) => kind === "EndpointSlice") || undefined,
    );
    await sleep(1_000);
    assert.deepEqual(inMember2(), []);
  });

  it("keeps the endpoints current, in slices as the stack asks for them, and the next up has nothing to do", async () => {
    await scaleServe(members.api("member1"), 5);
    const now = await replacePods(members.api("member1"));
    await became(now);
    assert.equal((await imported()).length, 3);
    const before = await normalised(members.api("member2"));
    members.take();
    const { changes, stdout } = ok(await dev.stack.up());
    assert.equal(changes.create + changes.update + changes.delete, 0, stdout);
    for (const [id, taken] of Object.entries(members.take())) assert.deepEqual(taken.writes, [], id);
    assert.deepEqual(await normalised(members.api("member2")), before);
  });

  it("both at once come to the same, and then both are quiet", async () => {
    const [, now] = await Promise.all([dev.stack.up(), replacePods(members.api("member1"))]);
    await became(now);
    await sleep(1_000);
    const count = writes.length;
    members.take();
    ok(await dev.stack.up());
    for (const [id, taken] of Object.entries(members.take())) assert.deepEqual(taken.writes, [], id);
    assert.equal(writes.length, count);
  });

  it("ends with the stack what only the stack exported", async () => {
    ok(await dev.stack.destroy());
    await waitFor("nothing to be imported any more", async () => (await imported()).length === 0 || undefined);
  });
});
