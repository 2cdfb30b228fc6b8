import assert from "node:assert/strict";
import type { Service } from "../../../../provider/mcs/api";
import { comparableSpec, derivedService, mustBeReplaced } from "../../../../provider/mcs/derive/derived-service";
import type { DerivedServiceArgs } from "../../../../provider/mcs/derive/derived-service";
import type { Contract } from "../../../../provider/mcs/merge/contract";
import { frozen, KEY, OWNER } from "../../../support/builders";
import { spec } from "../../../support/spec";

const contract: Contract = frozen({
  type: "ClusterSetIP",
  ports: [{ name: "http", protocol: "TCP", port: 80 }],
  sessionAffinity: "None",
  internalTrafficPolicy: "Cluster",
});
const none = { hash: "0", value: {} };
const made = (change: Partial<Contract> = {}, args: Partial<DerivedServiceArgs> = {}): Service =>
  derivedService({
    key: KEY,
    name: "derived-serve",
    owner: OWNER,
    contract: { ...contract, ...change },
    exported: { labels: none, annotations: none },
    families: ["IPv4"],
    version: undefined,
    live: undefined,
    ...args,
  });
/** As the API server stores it. */
const stored = (service: Service, addresses = ["10.96.0.7"]): Service => {
  const headless = service.spec.clusterIP === "None";
  return frozen({
    ...service,
    metadata: {
      ...service.metadata,
      uid: "u",
      resourceVersion: "1",
      labels: { ...service.metadata.labels, team: "a" },
    },
    spec: {
      sessionAffinity: "None",
      ...service.spec,
      ...(headless ? {} : { clusterIP: addresses[0], clusterIPs: addresses }),
      ports: service.spec.ports?.map((p) => ({ ...p, targetPort: p.port })),
    },
  });
};

describe("the derived Service", () => {
  spec(["I1", "E1"], "is a ClusterIP Service without selector that carries the contract", () => {
    const { metadata, spec: of } = made({
      sessionAffinity: "ClientIP",
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 9 } },
      internalTrafficPolicy: "Local",
      trafficDistribution: "PreferClose",
    });
    assert.equal(metadata.name, "derived-serve");
    assert.equal(metadata.namespace, "demo");
    assert.equal(metadata.labels?.["pulumi-mcs/managed"], "true");
    assert.equal(metadata.annotations?.["pulumi-mcs/import"], "demo/serve");
    assert.deepEqual(of, {
      type: "ClusterIP",
      ports: [{ name: "http", protocol: "TCP", port: 80 }],
      sessionAffinity: "ClientIP",
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 9 } },
      internalTrafficPolicy: "Local",
      trafficDistribution: "PreferClose",
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
    });
  });

  spec(["B12", "E1", "E10"], "of a headless service is headless, without affinity", () => {
    const { spec: of } = made({ type: "Headless", sessionAffinity: "ClientIP" });
    assert.deepEqual([of.clusterIP, of.clusterIPs, of.sessionAffinity], ["None", ["None"], "None"]);
    assert.equal(of.sessionAffinityConfig, undefined);
  });

  it("of a port-less headless service has no ports", () => {
    assert.deepEqual(made({ type: "Headless", ports: [] }).spec.ports, []);
  });

  spec("E5", "asks for two families only where there are two", () => {
    const dual = made({}, { families: ["IPv6", "IPv4"] }).spec;
    assert.deepEqual([dual.ipFamilies, dual.ipFamilyPolicy], [["IPv6", "IPv4"], "RequireDualStack"]);
  });

  it("names an unnamed port beside named ones", () => {
    const ports = [
      { protocol: "TCP", port: 80 },
      { name: "https", protocol: "TCP", port: 443 },
    ];
    assert.deepEqual(
      made({ ports }).spec.ports?.map((p) => p.name),
      ["tcp-80", "https"],
    );
  });

  spec("E3", "keeps the address that the server gave it", () => {
    const again = made({ internalTrafficPolicy: "Local" }, { live: stored(made()) });
    assert.deepEqual([again.spec.clusterIP, again.spec.clusterIPs], ["10.96.0.7", ["10.96.0.7"]]);
    assert.equal(again.metadata.uid, "u");
    assert.equal(again.metadata.labels?.["team"], "a");
  });

  spec("E3", "that gains a family keeps its first address, that loses the second keeps it too", () => {
    const one = stored(made());
    const two = made({}, { live: one, families: ["IPv4", "IPv6"] });
    assert.deepEqual(two.spec.clusterIPs, ["10.96.0.7"]);
    assert.equal(mustBeReplaced(one, two), false);
    const dual = stored(two, ["10.96.0.7", "fd00::7"]);
    const back = made({}, { live: dual });
    assert.deepEqual(back.spec.clusterIPs, ["10.96.0.7"]);
    assert.equal(mustBeReplaced(dual, back), false);
  });

  for (const [from, to] of [
    ["ClusterSetIP", "Headless"],
    ["Headless", "ClusterSetIP"],
  ] as const) {
    spec("D10", `is made anew when the type changes from ${from} to ${to}`, () => {
      const live = stored(made({ type: from }));
      const wanted = made({ type: to }, { live });
      assert.equal(mustBeReplaced(live, wanted), true);
      assert.equal(wanted.spec.clusterIP, to === "Headless" ? "None" : undefined);
    });
  }

  spec("E9", "is made anew when the primary family changes, which no update can", () => {
    const live = stored(made());
    assert.equal(mustBeReplaced(live, made({}, { live, families: ["IPv6"] })), true);
  });

  const quiet: readonly [string, Partial<Contract>, Partial<DerivedServiceArgs>][] = [
    ["plain", {}, {}],
    ["with affinity", { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 9 } } }, {}],
    ["headless", { type: "Headless" }, {}],
    ["dual-stack", {}, { families: ["IPv4", "IPv6"] }],
    [
      "with two ports",
      {
        ports: [
          { port: 443, name: "b" },
          { port: 80, name: "a" },
        ],
      },
      {},
    ],
  ];
  for (const [what, change, args] of quiet) {
    it(`${what}: what the server fills in is no difference`, () => {
      const live = stored(made(change, args));
      assert.deepEqual(comparableSpec(live.spec), comparableSpec(made(change, { ...args, live }).spec));
    });
  }

  it("with an affinity that leaves the timeout to the server is no difference", () => {
    const wanted = made({ sessionAffinity: "ClientIP" });
    const live = { ...wanted.spec, sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } } };
    assert.deepEqual(comparableSpec(live), comparableSpec(wanted.spec));
  });

  it("with a field that somebody else set is a difference", () => {
    const { spec: of } = stored(made());
    assert.notDeepEqual(comparableSpec({ ...of, selector: { app: "x" } }), comparableSpec(of));
    assert.notDeepEqual(comparableSpec({ ...of, publishNotReadyAddresses: true }), comparableSpec(of));
    assert.deepEqual(comparableSpec({ ...of, publishNotReadyAddresses: false }), comparableSpec(of));
  });
});
