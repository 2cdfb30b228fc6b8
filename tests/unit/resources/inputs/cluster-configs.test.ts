import assert from "node:assert/strict";
import { parseClusters } from "../../../../provider/resources/inputs/cluster-configs";
import { parseSettings } from "../../../../provider/resources/inputs/settings";

const failuresOf = (clusters: unknown) => parseClusters(JSON.stringify(clusters)).failures;
const path = { kubeconfigPath: "~/.kube/config" };

describe("members of a clusterset", () => {
  it("are read, sorted by id", () => {
    assert.deepEqual(
      parseClusters(
        JSON.stringify({
          b: {
            kubeconfig: "text",
            labels: { region: "eu" },
            role: "export",
            podCIDRs: ["10.1.0.0/16"],
            serviceCIDRs: ["fd00::/108"],
          },
          a: { ...path, context: "one" },
        }),
      ),
      {
        clusters: [
          {
            id: "a",
            kubeconfig: undefined,
            kubeconfigPath: "~/.kube/config",
            inCluster: false,
            context: "one",
            labels: {},
            role: "both",
            leaving: false,
            podCIDRs: undefined,
            serviceCIDRs: undefined,
          },
          {
            id: "b",
            kubeconfig: "text",
            kubeconfigPath: undefined,
            inCluster: false,
            context: undefined,
            labels: { region: "eu" },
            role: "export",
            leaving: false,
            podCIDRs: ["10.1.0.0/16"],
            serviceCIDRs: ["fd00::/108"],
          },
        ],
        failures: [],
      },
    );
  });

  const wrong: [name: string, clusters: unknown, property: string, reason: RegExp][] = [
    ["no member", {}, "clusters", /^a clusterset needs at least one member: clusters: \{ member1: /],
    ["not a map", ["a"], "clusters", /^must be a map from cluster id to cluster$/],
    [
      "an id that is no DNS label",
      { Member_1: path },
      "clusters.Member_1",
      /^cluster id "Member_1" is not a DNS label; use /,
    ],
    [
      "an id of 64 characters",
      { ["m".repeat(64)]: path },
      `clusters.${"m".repeat(64)}`,
      /has 64 characters; at most 63/,
    ],
    [
      "both kinds of kubeconfig",
      { a: { ...path, kubeconfig: "x" } },
      "clusters.a",
      /^cluster "a": has both .*leave one out$/,
    ],
    ["no kubeconfig", { a: {} }, "clusters.a", /^cluster "a": has neither .*; give one$/],
    [
      "a kubeconfig beside inCluster",
      { a: { kubeconfig: "x", inCluster: true } },
      "clusters.a",
      /^cluster "a": has both kubeconfig and inCluster; leave one out$/,
    ],
    [
      "an inCluster that is no flag",
      { a: { inCluster: "yes" } },
      "clusters.a.inCluster",
      /^cluster "a": inCluster must be true or false, not a string$/,
    ],
    [
      "a context of what has none",
      { a: { inCluster: true, context: "x" } },
      "clusters.a.context",
      /context names one of a kubeconfig, and inCluster has none; leave it out/,
    ],
    ["an empty kubeconfig, as an unset variable gives", { a: { kubeconfig: "" } }, "clusters.a", /has neither/],
    [
      "a path that is no text",
      { a: { kubeconfigPath: 5 } },
      "clusters.a.kubeconfigPath",
      /must be a string, not a number/,
    ],
    [
      "an illegal label",
      { a: { ...path, labels: { region: "e u" } } },
      "clusters.a.labels",
      /^cluster "a": value "e u"/,
    ],
    [
      "a range that is none",
      { a: { ...path, podCIDRs: ["10.0.0.0"] } },
      "clusters.a.podCIDRs",
      /10\.0\.0\.0 is not a range/,
    ],
    [
      "a role that is none",
      { a: { ...path, role: "exporter" } },
      "clusters.a.role",
      /^cluster "a": role must be "export" or "import" or "both", not "exporter"$/,
    ],
    [
      "ranges that are no list",
      { a: { ...path, serviceCIDRs: "x" } },
      "clusters.a.serviceCIDRs",
      /must be a list of ranges/,
    ],
    [
      "a misspelt argument",
      { a: { ...path, label: {} } },
      "clusters.a.label",
      /label is not an argument; the arguments are/,
    ],
  ];
  for (const [name, clusters, property, reason] of wrong) {
    it(`refuses ${name}`, () => {
      const failures = failuresOf(clusters);
      assert.equal(failures.length, 1);
      assert.equal(failures[0]?.property, property);
      assert.match(failures[0]?.reason ?? "", reason);
    });
  }

  it("never repeats a kubeconfig in a reason", () => {
    const failures = failuresOf({ A: { kubeconfig: "t0p5ecret", kubeconfigPath: "p", context: 5 } });
    assert.equal(failures.length, 3);
    assert.ok(!JSON.stringify(failures).includes("t0p5ecret"));
  });
});

describe("settings of a clusterset", () => {
  it("have defaults", () => {
    assert.deepEqual(parseSettings(undefined), {
      crds: "install",
      removeCrdsOnDestroy: false,
      refresh: "reconcile",
      unreachable: "hold",
      forgetUnreachable: false,
      requestTimeoutSeconds: 30,
    });
  });

  it("fall back where they are wrong, which the membership's check has refused", () => {
    assert.deepEqual(parseSettings('{"crds":"maybe","refresh":"observe"}'), {
      ...parseSettings(undefined),
      refresh: "observe",
    });
  });
});
