import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import * as mcs from "../../../../sdk/index";
import { registeredBy } from "../program";

class Workload extends pulumi.CustomResource {
  declare readonly name: pulumi.Output<string>;
  constructor(name: string) {
    super("x:y:Workload", name, { name });
  }
}
class Group extends pulumi.ComponentResource {
  constructor(name: string, options: pulumi.ComponentResourceOptions = {}) {
    super("x:y:Group", name, {}, options);
  }
}
const args = { namespace: "default", exportFrom: ["member1"], importTo: ["member2"] };

async function told(program: (clusterSet: mcs.ClusterSet) => void): Promise<unknown> {
  const clusters = { member1: { kubeconfigPath: "a" }, member2: { kubeconfigPath: "b" } };
  const all = await registeredBy(() => program(new mcs.ClusterSet("prod", { clusters })));
  return all.find(({ type }) => type.endsWith(":MultiClusterService"))?.inputs.dependenciesDone;
}

describe("when what a service depends on was done", () => {
  it("is not told of one that depends on its clusterset alone", async () => {
    const done = await told((clusterSet) => new mcs.MultiClusterService("serve", { ...args, clusterSet }));
    assert.equal(done, undefined);
  });

  const ways: Record<string, (clusterSet: mcs.ClusterSet) => void> = {
    dependsOn: (clusterSet) =>
      new mcs.MultiClusterService("serve", { ...args, clusterSet }, { dependsOn: [new Workload("w")] }),
    "dependsOn, as a promise of one": (clusterSet) =>
      new mcs.MultiClusterService("serve", { ...args, clusterSet }, { dependsOn: Promise.resolve(new Workload("w")) }),
    "an argument": (clusterSet) =>
      new mcs.MultiClusterService("serve", { ...args, name: new Workload("w").name, clusterSet }),
    "a secret deep in an argument": (clusterSet) => {
      const exportedLabels = { app: pulumi.secret(new Workload("w").name) };
      new mcs.MultiClusterService("serve", { ...args, exportedLabels, clusterSet });
    },
    "its parent": (clusterSet) => {
      const parent = new Group("g", { dependsOn: [new Workload("w")] });
      new mcs.MultiClusterService("serve", { ...args, clusterSet }, { parent });
    },
  };
  for (const [way, program] of Object.entries(ways)) {
    it(`is told by the clock of the program: by ${way}`, async () => {
      const before = Date.now();
      const done = await told(program);
      assert.ok(typeof done === "number" && done >= before && done <= Date.now(), String(done));
    });
  }

  it("cannot be told of a component", async () => {
    const done = await told((clusterSet) => {
      new mcs.MultiClusterService("serve", { ...args, clusterSet }, { dependsOn: [new Group("g")] });
    });
    assert.equal(done, -1);
  });
});
