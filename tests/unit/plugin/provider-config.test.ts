import assert from "node:assert/strict";
import { changedConfig, checkConfig, membershipInputs, parseConfig } from "../../../plugin/provider-config";
import type { Properties } from "../../../provider/resources/inputs/properties";
import { UNKNOWN } from "../../../provider/resources/inputs/unknown";

const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
const clusters = { member1: { kubeconfig: "t0p5ecret", context: "one" }, member2: { kubeconfigPath: "~/b" } };
const check = (news: Properties, olds: Properties = {}) => checkConfig(olds, news, "prod");

describe("the configuration of mcs.Provider", () => {
  it("is the same in the shapes of all languages: values, texts of values, and what the dynamic provider stored", () => {
    const settings = { crds: "require", requestTimeoutSeconds: 5, forgetUnreachable: true, name: "eu" };
    const { name: clusterSetName, ...others } = settings;
    const shapes: readonly Properties[] = [
      { clusters, ...others, clusterSetName },
      {
        clusters: JSON.stringify(clusters),
        crds: "require",
        requestTimeoutSeconds: "5",
        forgetUnreachable: "true",
        clusterSetName,
        version: "0.1.0",
      },
      { "mcs:clusters": JSON.stringify(clusters), "mcs:settings": JSON.stringify(settings) },
    ];
    for (const shape of shapes) {
      assert.deepEqual(parseConfig(shape), { clusters: JSON.stringify(clusters), settings });
      assert.deepEqual(changedConfig(shapes[0]!, shape), []);
    }
  });

  it("is stored as one secret text, though it was given in clear", () => {
    const { inputs, failures } = check({ clusters });
    assert.deepEqual(failures, []);
    assert.deepEqual(inputs.clusters, { ...SECRET, value: JSON.stringify(clusters) });
    const { clusters: _, ...others } = inputs;
    assert.doesNotMatch(JSON.stringify(others), /t0p5ecret/);
    assert.equal(inputs.clusterSetName, "prod");
  });

  it("tells an instance from those of other states for its life", () => {
    const { inputs } = check({ clusters });
    assert.match(String(inputs.incarnation), /^[0-9a-f-]{36}$/);
    assert.equal(check({ clusters }, inputs).inputs.incarnation, inputs.incarnation);
    assert.notEqual(check({ clusters }).inputs.incarnation, inputs.incarnation);
  });

  it("is refused with everything that is wrong at once, and without a kubeconfig", () => {
    const { failures } = check({
      clusters: { "Not A Label": { kubeconfig: "t0p5ecret" }, b: {} },
      crds: "maybe",
      colour: "red",
    });
    assert.deepEqual(failures.map(({ property }) => property).sort(), [
      "clusters.Not A Label",
      "clusters.b",
      "colour",
      "crds",
    ]);
    assert.doesNotMatch(JSON.stringify(failures), /t0p5ecret/);
    assert.match(check({}).failures[0]!.reason, /is required: the members of the clusterset\. Make a provider/);
  });

  it("of a cluster that the program makes is unknown as a whole: inside of a text the engine would not see it", () => {
    const { inputs, failures } = check({ clusters: { member1: { kubeconfig: UNKNOWN } } });
    assert.deepEqual([inputs.clusters, failures], [UNKNOWN, []]);
  });

  it("differs by names alone, and in whatever order its clusters stand", () => {
    const turned = { member2: clusters.member2, member1: { context: "one", kubeconfig: "t0p5ecret" } };
    assert.deepEqual(changedConfig({ clusters }, { clusters: turned }), []);
    assert.deepEqual(changedConfig({ clusters }, { clusters: { ...clusters, member2: {} }, crds: "require" }), [
      "clusters",
      "crds",
    ]);
  });

  it("describes the membership, without credentials", () => {
    assert.deepEqual(membershipInputs(parseConfig({ clusters, clusterSetName: "eu" })), {
      clusters: {
        member1: { context: "one", source: "kubeconfig" },
        member2: { kubeconfigPath: "~/b", source: "kubeconfigPath" },
      },
      name: "eu",
    });
  });
});
