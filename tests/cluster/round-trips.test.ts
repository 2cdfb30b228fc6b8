/**
 * How many requests wait for each other, exactly, on real API servers: with 50 ms to a member each of these rounds is 50 ms, and a slow path
 * that comes back makes one more. The shared lists are counted elsewhere (tests/engine/budget.test.ts).
 */
import assert from "node:assert/strict";
import { handlers } from "../../provider/dynamic-provider";
import { connect } from "../../provider/kube/connect";
import { mcsCrds } from "../../provider/kube/crds/mcs-crds";
import { LABEL } from "../../provider/mcs/marks";
import { preflight } from "../../provider/reconcile/preflight/preflight";
import type { Properties } from "../../provider/resources/inputs/properties";
import { countRoundTrips, type RoundTrips, roundsOfServices, writingRounds } from "../support/round-trips";
import { clusterSet, type HandlersStage, IDS, startStage } from "./handlers-stage";

const { ClusterSetMembership: membership, MultiClusterService, ServiceExport, ServiceImport } = handlers;

const BOTH = { exportFrom: ["member1"], importTo: ["member2"] };

describe("requests that wait for each other", function () {
  this.timeout(120_000);
  let stage: HandlersStage;
  let trips: RoundTrips;

  before(async function () {
    this.timeout(600_000);
    stage = await startStage();
    await stage.grant("both", "installCrds");
    trips = countRoundTrips(stage.proxies);
    stage.plugin();
  });
  after(async () => {
    trips?.stop();
    await stage?.endProcesses();
    await stage?.stop();
  });

  /** A Service in member1 with one endpoint in each of its slices. */
  async function serve(name: string, slices = 1, id = "member1"): Promise<void> {
    const ports = [{ name: "http", port: 80, targetPort: 8080 }];
    await stage.api(id)("POST", "/api/v1/namespaces/default/services", { metadata: { name }, spec: { ports } });
    for (let n = 0; n < slices; n += 1) {
      await stage.api(id)("POST", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", {
        metadata: { name: `${name}-${n}`, labels: { [LABEL.serviceName]: name } },
        addressType: "IPv4",
        endpoints: [{ addresses: [`10.${id.slice(-1)}.0.${n + 1}`], conditions: { ready: true } }],
        ports: [{ name: "http", protocol: "TCP", port: 8080 }],
      });
    }
  }

  const inputs = (name: string, change: Properties = BOTH): Properties => ({
    resourceUrn: `urn:pulumi:dev::shop::pulumi-mcs:MultiClusterService::${name}`,
    incarnation: `incarnation of ${name}`,
    namespace: "default",
    name,
    ...change,
  });

  /** As the engine does it: what is to be made is checked before, and that is not counted. */
  async function created(given: Properties, kind = MultiClusterService): Promise<Properties> {
    const checked = await kind.check({}, given);
    assert.deepEqual(checked.failures, []);
    trips.rounds.length = 0;
    return (await kind.create(checked.inputs)).outs;
  }

  /** As `created`: a diff says before what the update then does. */
  async function updated(outs: Properties, given: Properties): Promise<Properties> {
    const checked = await MultiClusterService.check(outs, given);
    assert.deepEqual(await MultiClusterService.diff("id", outs, checked.inputs), { changes: true });
    trips.rounds.length = 0;
    return (await MultiClusterService.update("id", outs, checked.inputs)).outs;
  }

  it("of a preflight: one question, and when it is answered all others at once", async () => {
    const members = await Promise.all(
      IDS.map(async (id) => {
        const member = await connect({ id, kubeconfig: stage.proxies[id]!.kubeconfig });
        return { id, connection: { state: "connected", member } as const };
      }),
    );
    try {
      await preflight(members, { crds: "install", definitions: mcsCrds });
      const [first, ...others] = trips.rounds.map((round) => round.filter((trip) => trip.startsWith("member1")));
      assert.deepEqual(first, ["member1 GET /version"]);
      // Eight at a time. Where a kind is not served an API server is asked for its version, lest a gateway that lost it be believed.
      assert.equal(others.length, 2, JSON.stringify(others));
    } finally {
      await Promise.all(members.map(({ connection }) => connection.member.close()));
    }
  });

  it("of a clusterset that is made: both CRDs at once in all members", async () => {
    const { inputs: checked } = await membership.check({}, clusterSet());
    trips.rounds.length = 0;
    await membership.create(checked);
    const both = IDS.flatMap((id) => [`${id} POST customresourcedefinitions`, `${id} POST customresourcedefinitions`]);
    assert.deepEqual(writingRounds(trips.rounds), [both]);
  });

  /**
   * Five, for six writes: the import's precedence is that of the export as it was made, and nothing leaves a cluster before; `spec.ips` of the
   * import are the addresses that the derived Service was given; the slices are owned by the import, by its UID; and a status must not tell of
   * slices that are not there. What an exporter and an importer say of themselves is said in one round.
   */
  const ofCreate = [
    ["member1 POST default/serviceexports"],
    ["member2 POST default/services"],
    ["member2 POST default/serviceimports"],
    ["member2 POST default/endpointslices"],
    ["member1 PATCH default/serviceexports/status", "member2 PATCH default/serviceimports/status"],
  ];

  it("of a service that is made: five rounds, six writes", async () => {
    await serve("made");
    await created(inputs("made"));
    assert.deepEqual(writingRounds(trips.rounds), ofCreate);
  });

  it("of eight services at once: as of one", async () => {
    const names = Array.from({ length: 8 }, (_, n) => `many-${n}`);
    for (const name of names) await serve(name);
    const checked = [];
    for (const name of names) checked.push((await MultiClusterService.check({}, inputs(name))).inputs);
    trips.rounds.length = 0;
    await Promise.all(checked.map((it) => MultiClusterService.create(it)));
    const eightOf = (round: readonly string[]) => round.flatMap((trip) => Array.from({ length: 8 }, () => trip));
    assert.deepEqual(writingRounds(trips.rounds), ofCreate.map(eightOf));
  });

  it("of many slices: all in one round", async () => {
    await serve("wide", 5);
    await created(inputs("wide", { ...BOTH, maxEndpointsPerSlice: 1 }));
    const slices = writingRounds(trips.rounds)[3] ?? [];
    assert.ok(slices.length >= 5 && slices.every((trip) => trip === "member2 POST default/endpointslices"));
  });

  it("of an export and an import of their own: two rounds and two writes, four rounds and four writes", async () => {
    await serve("apart");
    await created(inputs("apart", { cluster: "member1" }), ServiceExport);
    assert.deepEqual(writingRounds(trips.rounds), [
      ["member1 POST default/serviceexports"],
      ["member1 PATCH default/serviceexports/status"],
    ]);
    await created(inputs("apart", { cluster: "member2", resourceUrn: "urn:import" }), ServiceImport);
    assert.deepEqual(writingRounds(trips.rounds), [
      ["member2 POST default/services"],
      ["member2 POST default/serviceimports"],
      ["member2 POST default/endpointslices"],
      ["member2 PATCH default/serviceimports/status"],
    ]);
  });

  it("of an endpoint that changed: one write, and nothing is read for it that the diff has read", async () => {
    await serve("moved");
    const outs = await created(inputs("moved"));
    const slice = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/moved-0";
    await stage.api("member1")("PATCH", slice, {
      endpoints: [{ addresses: ["10.1.0.9"], conditions: { ready: true } }],
    });
    const process = stage.plugin();
    await updated(outs, inputs("moved"));
    assert.deepEqual(roundsOfServices(trips.rounds), [["member2 PUT default/endpointslices"]]);
    assert.match(process.said().join("\n"), /slices \+0 ~1 −0, endpoints \+1 −1/);
  });

  /** The Service takes the port before the import promises it, and the import's conditions tell which generation of it they are about. */
  it("of a port that changed: three rounds, three writes", async () => {
    await serve("turned");
    const outs = await created(inputs("turned"));
    const ports = [{ name: "http", port: 81, targetPort: 8080 }];
    await stage.api("member1")("PATCH", "/api/v1/namespaces/default/services/turned", { spec: { ports } });
    stage.plugin();
    await updated(outs, inputs("turned"));
    assert.deepEqual(roundsOfServices(trips.rounds), [
      ["member2 PUT default/services"],
      ["member2 PUT default/serviceimports"],
      ["member2 PATCH default/serviceimports/status"],
    ]);
  });

  /** The export goes last: until then every slice is of a service that is exported. */
  it("of an exporter that goes: three rounds, four writes", async () => {
    await serve("left");
    await serve("left", 1, "member2");
    const outs = await created(inputs("left", { ...BOTH, exportFrom: ["member1", "member2"] }));
    stage.plugin();
    await updated(outs, inputs("left"));
    assert.deepEqual(roundsOfServices(trips.rounds), [
      ["member2 PUT default/serviceimports"],
      ["member2 DELETE default/endpointslices", "member2 PATCH default/serviceimports/status"],
      ["member2 DELETE default/serviceexports"],
    ]);
  });

  /** The address of the Service may be another's as soon as it is free, so the import goes before; nothing is behind that but its slices. */
  it("of a service that goes: two rounds, four writes, and nothing is read to count what goes", async () => {
    await serve("gone");
    const outs = await created(inputs("gone"));
    const process = stage.plugin();
    trips.rounds.length = 0;
    await MultiClusterService.delete("id", outs);
    assert.deepEqual(roundsOfServices(trips.rounds), [
      ["member2 DELETE default/endpointslices", "member2 DELETE default/serviceimports"],
      ["member1 DELETE default/serviceexports", "member2 DELETE default/services"],
    ]);
    assert.match(process.said().join("\n"), /slices \+0 ~0 −1, endpoints \+0 −1/);
  });
});
