import assert from "node:assert/strict";
import { checkFields } from "../../../provider/resources/inputs/input-fields";
import { serviceKinds, type ServiceKindName } from "../../../provider/resources/service/service-kinds";
import type { MembersById, Selectable } from "../../../provider/resources/inputs/member-selection";
import { UNKNOWN } from "../../../provider/resources/inputs/unknown";

const members: MembersById = new Map<string, Selectable>([
  ["member1", { labels: { region: "eu" }, role: "both" }],
  ["member2", { labels: { region: "eu", tier: "edge" }, role: "both" }],
  ["member3", { labels: {}, role: "both" }],
]);

const good: Record<ServiceKindName, Record<string, unknown>> = {
  MultiClusterService: { namespace: "default", name: "serve", exportFrom: ["member1"], importTo: ["member2"] },
  ServiceExport: { namespace: "default", name: "serve", cluster: "member1" },
  ServiceImport: { namespace: "default", name: "serve", cluster: "member2" },
};

function check(kind: ServiceKindName, change: Record<string, unknown> = {}) {
  const news = { __provider: "door", resourceUrn: "urn", ...good[kind], ...change };
  return checkFields(serviceKinds[kind].fields, news, members);
}

describe("members that take one part only", () => {
  const roles: MembersById = new Map<string, Selectable>([
    ["exporter", { labels: { region: "eu" }, role: "export" }],
    ["importer", { labels: { region: "eu" }, role: "import" }],
    ["either", { labels: { region: "us" }, role: "both" }],
  ]);
  const all = { exportFrom: "all", importTo: "all" };
  const played = (kind: ServiceKindName, change: object, among = roles) =>
    checkFields(serviceKinds[kind].fields, { namespace: "default", name: "serve", ...change }, among);

  it('are left out by "all" and by labels where they cannot take it', () => {
    const { inputs, failures } = played("MultiClusterService", all);
    assert.deepEqual(
      [inputs.exportFrom, inputs.importTo],
      [
        ["either", "exporter"],
        ["either", "importer"],
      ],
    );
    assert.deepEqual(failures, []);
    const eu = { matchLabels: { region: "eu" } };
    const { inputs: labelled } = played("MultiClusterService", { exportFrom: eu, importTo: eu });
    assert.deepEqual([labelled.exportFrom, labelled.importTo], [["exporter"], ["importer"]]);
    assert.deepEqual(played("ServiceImport", { cluster: "importer" }).inputs.from, ["either", "exporter"]);
  });

  const wayOut = 'declare role: "both" (or "export") in the clusterset and grant its rights';
  const refused: [kind: ServiceKindName, change: object, property: string, reason: string][] = [
    [
      "MultiClusterService",
      { exportFrom: ["either", "importer"], importTo: "all" },
      "exportFrom",
      `"importer" has the role "import"; choose a member that may export, or ${wayOut}`,
    ],
    [
      "ServiceExport",
      { cluster: "importer" },
      "cluster",
      `"importer" has the role "import"; choose a member that may export, or ${wayOut}`,
    ],
    [
      "ServiceImport",
      { cluster: "exporter" },
      "cluster",
      '"exporter" has the role "export"; choose a member that may import, or declare role: "both" (or "import") in the clusterset and grant its rights',
    ],
    [
      "MultiClusterService",
      { exportFrom: { matchLabels: { region: "eu" } }, importTo: ["exporter", "either"] },
      "importTo",
      '"exporter" has the role "export"; choose a member that may import, or declare role: "both" (or "import") in the clusterset and grant its rights',
    ],
  ];
  for (const [kind, change, property, reason] of refused) {
    it(`are refused by name in ${kind}.${property}`, () => {
      assert.deepEqual(played(kind, change).failures, [{ property, reason }]);
    });
  }

  it("are no members at all where nobody can take the part", () => {
    const importers: MembersById = new Map([["importer", roles.get("importer")!]]);
    const [{ reason } = { reason: "" }] = played("MultiClusterService", all, importers).failures;
    assert.equal(
      reason,
      `"all" stands for no member, as each has the role "import"; choose a member that may export, or ${wayOut}`,
    );
    const eu = { matchLabels: { region: "eu" } };
    const [labelled] = played("MultiClusterService", { exportFrom: eu, importTo: "all" }, importers).failures;
    assert.match(labelled?.reason ?? "", /^matchLabels region=eu: "importer" has the role "import"; choose/);
  });
});

describe("inputs of a service", () => {
  const defaults = { adopt: false, await: { endpoints: 1, timeoutSeconds: 120 } };
  const internal = { __provider: "door", resourceUrn: "urn" };

  describe("what is right is normalised", () => {
    it("fills in the defaults of each kind", () => {
      assert.deepEqual(check("MultiClusterService"), {
        inputs: { ...internal, ...good.MultiClusterService, ...defaults, maxEndpointsPerSlice: 100 },
        failures: [],
      });
      assert.deepEqual(check("ServiceExport"), {
        inputs: { ...internal, ...good.ServiceExport, ...defaults },
        failures: [],
      });
      assert.deepEqual(check("ServiceImport"), {
        inputs: {
          ...internal,
          ...good.ServiceImport,
          ...defaults,
          from: ["member1", "member2", "member3"],
          maxEndpointsPerSlice: 100,
        },
        failures: [],
      });
    });

    const selectors: [name: string, given: unknown, ids: string[]][] = [
      ["a list, sorted", ["member3", "member1"], ["member1", "member3"]],
      ["a list without repetitions", ["member1", "member1"], ["member1"]],
      ["every member", "all", ["member1", "member2", "member3"]],
      ["labels", { matchLabels: { region: "eu" } }, ["member1", "member2"]],
      ["several labels, all of which must match", { matchLabels: { region: "eu", tier: "edge" } }, ["member2"]],
    ];
    for (const [name, given, ids] of selectors) {
      it(`resolves ${name}`, () => {
        assert.deepEqual(check("MultiClusterService", { importTo: given }).inputs.importTo, ids);
      });
    }

    const waits: [given: unknown, normalised: unknown][] = [
      [true, { endpoints: 1, timeoutSeconds: 120 }],
      [false, false],
      [{ endpoints: 3 }, { endpoints: 3, timeoutSeconds: 120 }],
      [{ timeoutSeconds: 5 }, { endpoints: 1, timeoutSeconds: 5 }],
    ];
    for (const [given, normalised] of waits) {
      it(`reads await: ${JSON.stringify(given)}`, () => {
        assert.deepEqual(check("MultiClusterService", { await: given }).inputs.await, normalised);
      });
    }
  });

  describe("what a preview does not know yet is passed on, not judged", () => {
    const unknown: [property: string, value: unknown][] = [
      ["namespace", UNKNOWN],
      ["exportFrom", UNKNOWN],
      ["importTo", ["member1", UNKNOWN]],
      ["exportedLabels", { team: UNKNOWN }],
      ["await", { endpoints: UNKNOWN }],
    ];
    for (const [property, value] of unknown) {
      it(`${property}: ${JSON.stringify(value)}`, () => {
        const { inputs, failures } = check("MultiClusterService", { [property]: value });
        assert.deepEqual(failures, []);
        assert.deepEqual(inputs[property], value);
      });
    }
  });

  describe("what is wrong is told, with the way out", () => {
    const wrong: [kind: ServiceKindName, property: string, value: unknown, reason: string][] = [
      ["MultiClusterService", "namespace", undefined, "is required"],
      [
        "MultiClusterService",
        "namespace",
        "Default",
        '"Default" is not a DNS label; use lower-case letters, digits and "-", with a letter or digit at both ends',
      ],
      [
        "MultiClusterService",
        "name",
        "-serve",
        '"-serve" is not a DNS label; use lower-case letters, digits and "-", with a letter or digit at both ends',
      ],
      ["MultiClusterService", "name", "s".repeat(64), `"${"s".repeat(64)}" has 64 characters; at most 63 are allowed`],
      ["MultiClusterService", "name", 5, "must be a string, not a number"],
      [
        "MultiClusterService",
        "exportFrom",
        ["member9"],
        '"member9" is not in the clusterset; its members are member1, member2, member3',
      ],
      [
        "MultiClusterService",
        "importTo",
        ["x", "member1", "y"],
        '"x", "y" are not in the clusterset; its members are member1, member2, member3',
      ],
      [
        "MultiClusterService",
        "importTo",
        [],
        "names no member; the clusterset's members are member1, member2, member3",
      ],
      [
        "MultiClusterService",
        "exportFrom",
        { matchLabels: { region: "us" } },
        "matchLabels region=us matches no member; the members are member1 (region=eu), member2 (region=eu,tier=edge), member3 (no labels)",
      ],
      [
        "MultiClusterService",
        "exportFrom",
        { matchLabels: {} },
        'matchLabels is empty; write "all" to mean every member',
      ],
      [
        "MultiClusterService",
        "exportFrom",
        "member1",
        'must be a list of cluster ids, { matchLabels: { … } } or "all", not "member1"',
      ],
      [
        "MultiClusterService",
        "derivedName",
        "1st",
        '"1st" starts with a digit; the name of a Service starts with a letter',
      ],
      ["MultiClusterService", "maxEndpointsPerSlice", 0, "must be a whole number from 1 to 1000, not 0"],
      ["MultiClusterService", "maxEndpointsPerSlice", 1001, "must be a whole number from 1 to 1000, not 1001"],
      ["MultiClusterService", "maxEndpointsPerSlice", "10", 'must be a whole number from 1 to 1000, not "10"'],
      [
        "MultiClusterService",
        "exportedLabels",
        { "a/b/c": "x" },
        'label key "a/b/c" is not allowed: [prefix/]name, the name at most 63 characters',
      ],
      [
        "MultiClusterService",
        "exportedLabels",
        { team: "a b" },
        'value "a b" of label team is not allowed: at most 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends',
      ],
      ["MultiClusterService", "exportedAnnotations", { note: 5 }, "the value of note must be a string, not a number"],
      ["MultiClusterService", "adopt", "yes", "must be true or false, not a string"],
      [
        "MultiClusterService",
        "await",
        { endpoint: 2 },
        "endpoint is not an argument; the arguments are endpoints, timeoutSeconds",
      ],
      [
        "MultiClusterService",
        "await",
        { timeoutSeconds: 0 },
        "timeoutSeconds must be a whole number from 1 to 3600, not 0",
      ],
      ["MultiClusterService", "await", 3, "must be true, false or { endpoints, timeoutSeconds }, not a number"],
      [
        "ServiceExport",
        "cluster",
        "member9",
        '"member9" is not a member of the clusterset; its members are member1, member2, member3',
      ],
      ["ServiceExport", "cluster", undefined, "is required"],
      [
        "ServiceExport",
        "exportForm",
        ["member1"],
        "is not an argument; the arguments are cluster, namespace, name, exportedLabels, exportedAnnotations, adopt, await",
      ],
      ["ServiceImport", "from", [], "names no member; the clusterset's members are member1, member2, member3"],
    ];
    for (const [kind, property, value, reason] of wrong) {
      it(`${kind}.${property}: ${JSON.stringify(value)?.slice(0, 60)}`, () => {
        assert.deepEqual(check(kind, { [property]: value }).failures, [{ property, reason }]);
      });
    }

    it("all of it at once", () => {
      const { failures } = check("MultiClusterService", { namespace: "A", exportFrom: [], maxEndpointsPerSlice: 0 });
      assert.deepEqual(
        failures.map(({ property }) => property),
        ["namespace", "exportFrom", "maxEndpointsPerSlice"],
      );
    });
  });
});
