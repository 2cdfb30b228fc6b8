/** clusterset.yaml: what it may say, by the code and by the schema alike. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { ClusterSetFileError, parseClusterSet } from "../../../../provider/sync/config/clusterset-file";

const schema = JSON.parse(readFileSync(path.join(__dirname, "../../../../docs/clusterset.schema.json"), "utf8"));
const fits = new Ajv({ strict: true, strictRequired: false }).compile(schema);

const RIGHT = {
  "one member": "clusters: { member1: { kubeconfigPath: a } }",
  "all fields": `
clusters:
  member1: { kubeconfigPath: ~/a, context: x, podCIDRs: [10.1.0.0/16, "fd00::/48"], serviceCIDRs: [10.2.0.0/16] }
  member2: { inCluster: true }`,
};

const WRONG: Readonly<Record<string, readonly [text: string, message: RegExp]>> = {
  nothing: ["", /has no "clusters"/],
  "a list": ["- a", /has no "clusters"/],
  "no member": ["clusters: {}", /at least one member/],
  "members that are null": ["clusters:", /at least one member/],
  "a field that there is not": [
    "clusters: { a: { kubeconfigPath: x } }\nclusterset: prod",
    /"clusterset" is no field of it/,
  ],
  "an id with a dot": ["clusters: { a.b: { inCluster: true } }", /clusters\.a\.b: a cluster id is a DNS label/],
  "a member without a way": ["clusters: { a: {} }", /clusters\.a: give one of kubeconfigPath .* and inCluster/],
  "a member that is a text": ["clusters: { a: x }", /clusters\.a: give kubeconfigPath/],
  "a member with two ways": ["clusters: { a: { kubeconfigPath: x, inCluster: true } }", /give one of/],
  "inCluster: false": ["clusters: { a: { inCluster: false } }", /inCluster can only be true/],
  "contents in place of a path": ["clusters: { a: { kubeconfig: x } }", /"kubeconfig" is no field/],
  "a range that is none": ["clusters: { a: { inCluster: true, podCIDRs: [x] } }", /podCIDRs must be a list of ranges/],
  "no ranges": ["clusters: { a: { inCluster: true, podCIDRs: [] } }", /podCIDRs must be a list of ranges/],
  "an empty context": ['clusters: { a: { inCluster: true, context: "" } }', /context must be/],
};

describe("clusterset.yaml", () => {
  for (const [what, text] of Object.entries(RIGHT))
    it(`may have ${what}`, () => {
      assert.ok(parseClusterSet(text, "c.yaml").length > 0);
      assert.ok(fits(parse(text)), JSON.stringify(fits.errors));
    });

  for (const [what, [text, message]] of Object.entries(WRONG))
    it(`must not have ${what}`, () => {
      assert.throws(
        () => parseClusterSet(text, "c.yaml"),
        (error) =>
          error instanceof ClusterSetFileError && error.message.startsWith("c.yaml: ") && message.test(error.message),
      );
      assert.ok(!fits(parse(text)));
    });

  it("is told all that is wrong with it, on one line", () => {
    const text = "clusters: { A: { inCluster: true }, b: {}, c: { context: 7, kubeconfigPath: x } }\nmore: 1";
    assert.throws(
      () => parseClusterSet(text, "c.yaml"),
      ({ message }: Error) =>
        ["more", "clusters.A", "clusters.b", "clusters.c: context"].every((it) => message.includes(it)) &&
        !message.includes("\n"),
    );
  });

  it("is not quoted where it does not parse: what stands there may be secret", () => {
    assert.throws(
      () => parseClusterSet('clusters:\n  a: { token: "s3cr3t', "c.yaml"),
      ({ message }: Error) => /^c\.yaml: it does not parse as YAML \(line \d\)$/.test(message),
    );
    assert.throws(
      () => parseClusterSet("clusters: { a: { inCluster: true }, a: { inCluster: true } }", "c.yaml"),
      /a key stands in it twice \(line 1\)/,
    );
  });

  it("has its members sorted, as they are written", () => {
    assert.deepEqual(
      parseClusterSet("clusters: { b: { inCluster: true }, a: { kubeconfigPath: x, context: y } }", "c"),
      [
        { id: "a", kubeconfigPath: "x", context: "y" },
        { id: "b", inCluster: true },
      ],
    );
  });
});
