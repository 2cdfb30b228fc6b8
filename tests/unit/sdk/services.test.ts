import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { serializedProvider } from "../../../sdk/engine/serialized-provider";
import * as mcs from "../../../sdk/index";
import { registeredBy, type Registered } from "./program";

const clusters = { member1: { kubeconfigPath: "a" }, member2: { kubeconfigPath: "b" } };

async function one(type: string, program: (prod: mcs.ClusterSet) => void): Promise<Registered> {
  const registered = await registeredBy(() => program(new mcs.ClusterSet("prod", { clusters })));
  const found = registered.filter((it) => it.type === `pulumi-nodejs:dynamic/mcs:${type}`);
  assert.equal(found.length, 1);
  return found[0]!;
}

describe("MultiClusterService", () => {
  it("passes its arguments on, takes its own name for the service's, and brings the serialized provider and the URN", async () => {
    const { inputs } = await one("MultiClusterService", (clusterSet) => {
      new mcs.MultiClusterService("serve", {
        clusterSet,
        namespace: "default",
        exportFrom: ["member1"],
        importTo: { matchLabels: { region: "eu" } },
      });
    });
    assert.deepEqual(inputs, {
      __provider: serializedProvider("MultiClusterService"),
      resourceUrn: "urn:pulumi:stack::project::pulumi-nodejs:dynamic/mcs:MultiClusterService::serve",
      namespace: "default",
      name: "serve",
      exportFrom: ["member1"],
      importTo: { matchLabels: { region: "eu" } },
    });
  });

  it("uses the clusterset's provider instance, whatever provider its parent has", async () => {
    const { provider } = await one("MultiClusterService", (clusterSet) => {
      const parent = new pulumi.ComponentResource(
        "x:y:Z",
        "parent",
        {},
        { providers: [clusterSet.kubernetes("member1")] },
      );
      new mcs.MultiClusterService(
        "serve",
        { clusterSet, namespace: "default", exportFrom: "all", importTo: "all" },
        { parent },
      );
    });
    assert.equal(
      provider,
      "urn:pulumi:stack::project::mcs:index:ClusterSet$pulumi:providers:pulumi-nodejs::prod::prod-id",
    );
  });

  it("hands customTimeouts over, which the engine hands to no dynamic provider", async () => {
    const { inputs } = await one("MultiClusterService", (clusterSet) => {
      const args = { clusterSet, namespace: "default", exportFrom: ["member1"], importTo: ["member2"] };
      new mcs.MultiClusterService("serve", args, { customTimeouts: { create: "20m" } });
    });
    assert.deepEqual(inputs.customTimeouts, { create: "20m" });
  });

  it("computes the URN below its parent", async () => {
    const { inputs } = await one("MultiClusterService", (clusterSet) => {
      const parent = new pulumi.ComponentResource("x:y:Z", "parent");
      const args = { clusterSet, namespace: "default", exportFrom: "all", importTo: "all" } as const;
      new mcs.MultiClusterService("serve", { ...args, name: "web" }, { parent });
    });
    assert.equal(
      inputs.resourceUrn,
      "urn:pulumi:stack::project::x:y:Z$pulumi-nodejs:dynamic/mcs:MultiClusterService::serve",
    );
    assert.equal(inputs.name, "web");
  });
});

describe("ServiceExport and ServiceImport", () => {
  it("pass their arguments on", async () => {
    const exported = await one("ServiceExport", (clusterSet) => {
      new mcs.ServiceExport("serve", { clusterSet, cluster: "member1", namespace: "default", await: false });
    });
    assert.deepEqual(
      [exported.inputs.cluster, exported.inputs.namespace, exported.inputs.name, exported.inputs.await],
      ["member1", "default", "serve", false],
    );
    const imported = await one("ServiceImport", (clusterSet) => {
      new mcs.ServiceImport("serve", { clusterSet, cluster: "member2", namespace: "default", from: ["member1"] });
    });
    assert.deepEqual([imported.inputs.cluster, imported.inputs.from], ["member2", ["member1"]]);
  });
});

describe("without a clusterset", () => {
  it("each class names itself and what is missing, also in a program without types", async () => {
    await registeredBy(() => {
      for (const given of [{}, { clusterSet: "prod" }, { clusterSet: null }]) {
        const part = { ...given, cluster: "member1", namespace: "n" } as unknown as mcs.ServiceExportArgs;
        const whole = { ...given, namespace: "n" } as unknown as mcs.MultiClusterServiceArgs;
        assert.throws(
          () => new mcs.MultiClusterService("m", whole),
          /^Error: MultiClusterService "m": clusterSet is missing/,
        );
        assert.throws(() => new mcs.ServiceExport("e", part), /^Error: ServiceExport "e": clusterSet is missing/);
        assert.throws(
          () => new mcs.ServiceImport("i", part as unknown as mcs.ServiceImportArgs),
          /^Error: ServiceImport "i": clusterSet is missing/,
        );
      }
    });
  });
});

describe("options that a dynamic provider cannot have from the engine", () => {
  const args = { namespace: "default", exportFrom: "all", importTo: "all" } as const;

  it("import is refused, and the way out is adopt", async () => {
    await registeredBy(() => {
      const clusterSet = new mcs.ClusterSet("prod", { clusters });
      for (const make of [
        () => new mcs.MultiClusterService("serve", { clusterSet, ...args }, { import: "default/serve" }),
        () => new mcs.ServiceExport("e", { clusterSet, cluster: "member1", namespace: "n" }, { import: "n/e@member1" }),
        () => new mcs.ServiceImport("i", { clusterSet, cluster: "member1", namespace: "n" }, { import: "n/i@member1" }),
      ]) {
        assert.throws(
          make,
          /the option import does not work with Pulumi's dynamic providers; leave it out and set .* adopt: true/,
        );
      }
    });
  });

  it("replaceOnChanges is handed over", async () => {
    const { inputs } = await one("MultiClusterService", (clusterSet) => {
      new mcs.MultiClusterService("serve", { clusterSet, ...args }, { replaceOnChanges: ["exportedLabels.team"] });
    });
    assert.deepEqual(inputs.replaceOnChanges, ["exportedLabels.team"]);
  });
});

describe("get", () => {
  it("reads a service by its id alone", async () => {
    const { inputs } = await one("MultiClusterService", (clusterSet) => {
      mcs.MultiClusterService.get("theirs", pulumi.output("default/serve"), { clusterSet });
    });
    const { namespace, name, exportFrom, importTo } = inputs;
    assert.deepEqual([namespace, name, exportFrom, importTo], ["default", "serve", "all", "all"]);
  });

  it("reads one member's export or import by its id alone", async () => {
    for (const kind of ["ServiceExport", "ServiceImport"] as const) {
      const { inputs } = await one(kind, (clusterSet) => {
        mcs[kind].get("theirs", "default/serve@member2", { clusterSet });
      });
      assert.deepEqual([inputs.namespace, inputs.name, inputs.cluster], ["default", "serve", "member2"]);
    }
  });
});
