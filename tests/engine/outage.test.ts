/**
 * Outages as a person meets them: one member, or all, fail while the engine previews, updates, refreshes or destroys. tests/cluster/mcs/outage-matrix
 * plays every way of failing at every moment on the handlers; what the engine adds is what it stores and shows at each moment, whatever the way,
 * so a few are enough here, and each of them plays in `npm run reliability`.
 */
import assert from "node:assert/strict";
import type { EndpointSlice } from "../../provider/mcs/api";
import { full, held } from "../support/evidence";
import { begin, crdsGone, outages, type Outage } from "../support/outages";
import { assertNoStackTrace, Members, ok, openClusterSet, type PlayedStack } from "./clusterset-stack";
import { type OperationResult, patienceMs } from "./harness/index";

const moments = ["preview", "up", "up, from its first write", "refresh", "destroy"] as const;
type Moment = (typeof moments)[number];
type Extent = "one member" | "all members";
type Case = readonly [what: string, moment: Moment, extent: Extent];

const chosen: readonly Case[] = [
  ["hang", "preview", "one member"],
  ["refuse", "preview", "all members"],
  ["v1beta1 of the MCS API not served any more", "up", "one member"],
  ["409 on every write", "up", "one member"],
  ["reset", "up, from its first write", "one member"],
  ["401", "refresh", "one member"],
  ["500", "refresh", "all members"],
  ["403", "destroy", "one member"],
];
/** One of each nature: no answer, a late one, two that refuse, and one that denies the kind. With all members lost, the others differ in words only. */
const natures = ["refuse", "hang", "401", "500", "v1beta1 of the MCS API not served any more"];
const everyOne: readonly Case[] = moments.flatMap((moment) => [
  ...outages.map(({ what }): Case => [what, moment, "one member"]),
  ...natures.map((what): Case => [what, moment, "all members"]),
]);

const serve = {
  namespace: "default",
  exportFrom: ["member1", "member3"],
  importTo: ["member2", "member3"],
  await: false,
};
const program = { services: { serve }, set: { requestTimeoutSeconds: 2 } };
const services = "/api/v1/namespaces/default/services";
const slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";

describe("an outage, as the engine tells it", function () {
  this.timeout(patienceMs);
  let members: Members;
  let played: PlayedStack & { close(): void };
  let round = 0;

  before(async function () {
    this.timeout(600_000);
    members = await Members.start(3);
    for (const id of serve.exportFrom) {
      const metadata = { name: "serve", labels: { "kubernetes.io/service-name": "serve" } };
      await members.api(id)("POST", services, { metadata, spec: { ports: [{ name: "http", port: 80 }] } });
      const ports = [{ name: "http", port: 8080, protocol: "TCP" }];
      await members.api(id)("POST", slices, { metadata, addressType: "IPv4", endpoints: [endpoint(id)], ports });
    }
    played = await openClusterSet(members, { skipPreview: true });
    // A kind whose CRD is new is slow to be served: the short time is for outages.
    for (const settings of [{}, program.set]) {
      await played.program({ ...program, set: settings });
      ok(await played.stack.up());
    }
  });
  after(async () => {
    played?.close();
    await members?.stop();
  });

  const address = (id: string) => `10.${id.slice(-1)}.0.${round}`;
  const endpoint = (id: string) => ({ addresses: [address(id)], conditions: { ready: true } });
  async function podsMove(): Promise<void> {
    round += 1;
    for (const id of serve.exportFrom) await members.api(id)("PATCH", `${slices}/serve`, { endpoints: [endpoint(id)] });
  }
  /** Our slices in a member: by source, with versions, so that equal means untouched. */
  async function imported(id: string) {
    const { items } = (await members.api(id)("GET", `${slices}?labelSelector=pulumi-mcs/managed=true`)) as {
      items: readonly EndpointSlice[];
    };
    return items.map(({ metadata, endpoints }) => ({
      from: metadata.labels?.["multicluster.kubernetes.io/source-cluster"] ?? "",
      version: metadata.resourceVersion,
      addresses: (endpoints ?? []).flatMap((it) => it.addresses),
    }));
  }
  const addressesIn = async (id: string) => (await imported(id)).flatMap((it) => it.addresses).sort();
  const from = async (importer: string, lost: readonly string[]) =>
    (await imported(importer)).filter((it) => lost.includes(it.from));

  /** With a CRD go its objects. The outage hides them only, and what a lost state left behind is nobody's to take. */
  async function removeMcsObjects(id: string): Promise<void> {
    const group = "/apis/multicluster.x-k8s.io/v1beta1/namespaces/default";
    for (const kind of ["serviceimports", "serviceexports"]) await members.api(id)("DELETE", `${group}/${kind}`);
  }

  async function operate(moment: Moment): Promise<OperationResult> {
    switch (moment) {
      case "preview":
        return played.stack.preview();
      case "refresh":
        return played.stack.refresh();
      case "destroy":
        return played.stack.destroy();
      default:
        return played.stack.up();
    }
  }

  /** With what is known of each importer, whatever happened. */
  async function remembered(): Promise<readonly string[]> {
    const { deployment } = await played.stack.exportState();
    const resource = deployment.resources?.find(({ urn }) => urn.endsWith("::serve"));
    return Object.keys((resource?.outputs?.imports ?? {}) as object);
  }

  function assertClean(result: OperationResult): void {
    assertNoStackTrace(result);
    const { stdout } = result;
    assert.ok(!stdout.includes("Please log in"), "a body is shown");
    for (const { token } of Object.values(members.clusters.members))
      assert.ok(!stdout.includes(token), "a token is shown");
  }

  async function play(outage: Outage, moment: Moment, extent: Extent): Promise<void> {
    const evidence = { area: "outage", what: `${outage.what}, during ${moment}`, on: "pulumi" } as const;
    await podsMove();
    const lost = extent === "all members" ? members.ids : ["member3"];
    const before = { fingerprints: await members.fingerprints(), from: await from("member2", lost) };
    const end = await begin(
      outage,
      lost.map((id) => members.proxies[id]!),
      moment === "up, from its first write" ? "first write" : "now",
    );
    const result = await operate(moment).finally(end);
    assertClean(result);

    const unread = outage.effect === "unread";
    if (moment === "preview" || moment === "refresh") ok(result);
    if (outage.effect === "passing") ok(result);
    // Where the CRDs are gone there is nothing of ours to see but Services and slices, and those went.
    else if (moment === "destroy") assert.equal(result.ok, outage === crdsGone, result.stdout);
    else if (moment === "up" && extent === "one member") assert.equal(result.ok, false, result.stdout);
    if (unread && !moment.includes("first")) {
      for (const id of lost) assert.ok(result.stdout.includes(id), `${id} is not named: ${result.stdout}`);
      if (moment !== "destroy")
        assert.deepEqual(await from("member2", lost), before.from, "what came from it was touched");
    }
    if (moment === "preview" || (unread && extent === "all members" && !moment.includes("first"))) {
      assert.deepEqual(await members.fingerprints(), before.fingerprints, "something was written");
    }
    if (outage === crdsGone && moment === "destroy") await Promise.all(lost.map(removeMcsObjects));
    if (moment === "destroy") {
      if (unread && extent === "one member") assert.deepEqual(await imported("member2"), []);
      ok(await played.stack.destroy());
    } else {
      assert.deepEqual(await remembered(), serve.importTo);
      if (unread && extent === "one member" && (moment === "up" || moment === "refresh")) {
        assert.ok((await addressesIn("member2")).includes(address("member1")), "the others did not go on");
      }
    }
    // A preview has left nothing to complete, but for what the next case's run does anyway.
    if (moment === "preview" && !full) return held(evidence);
    ok(await played.stack.up());
    for (const id of serve.importTo) assert.deepEqual(await addressesIn(id), serve.exportFrom.map(address));
    held(evidence);
    held({ area: "size", what: "members of one clusterset", on: "pulumi", times: members.ids.length });
  }

  for (const [what, moment, extent] of full ? everyOne : chosen) {
    it(`${what}, during ${moment}, of ${extent}`, async () => {
      await play(
        outages.find((it) => it.what === what)!,
        moment,
        extent,
      );
    });
  }

  it("a member that is gone for good is let go of by forgetUnreachable, and only that member", async () => {
    await members.proxies.member3!.down();
    await played.program({ ...program, set: { ...program.set, forgetUnreachable: true } });
    const update = await played.stack.up();
    assert.ok(update.stdout.includes("member3"), update.stdout);
    const destroyed = ok(await played.stack.destroy());
    assert.match(destroyed.stdout, /are left in "member3"/);
    assert.deepEqual(await imported("member2"), []);
    await members.proxies.member3!.up();
    assert.notDeepEqual(await imported("member3"), []);
    held({ area: "outage", what: "forgetUnreachable, during destroy", on: "pulumi" });
  });
});
