import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { handlers } from "../../../../provider/dynamic-provider";
import { serializedProviders, dynamicType } from "../../../../sdk/engine/serialized-provider";

const root = join(__dirname, "../../../..");

describe("the serialized provider", () => {
  it("is these texts, for ever: every stack in the field has them in its state", () => {
    assert.deepEqual(serializedProviders, {
      ClusterSetMembership: 'exports.handler=()=>require("pulumi-mcs/provider").handlers.ClusterSetMembership',
      MultiClusterService: 'exports.handler=()=>require("pulumi-mcs/provider").handlers.MultiClusterService',
      ServiceExport: 'exports.handler=()=>require("pulumi-mcs/provider").handlers.ServiceExport',
      ServiceImport: 'exports.handler=()=>require("pulumi-mcs/provider").handlers.ServiceImport',
    });
  });

  it("gives these type tokens, for ever", () => {
    assert.deepEqual(
      (["ClusterSetMembership", "MultiClusterService", "ServiceExport", "ServiceImport"] as const).map(dynamicType),
      [
        "pulumi-nodejs:dynamic/mcs:ClusterSetMembership",
        "pulumi-nodejs:dynamic/mcs:MultiClusterService",
        "pulumi-nodejs:dynamic/mcs:ServiceExport",
        "pulumi-nodejs:dynamic/mcs:ServiceImport",
      ],
    );
  });

  it("leads to a path that the package exports", () => {
    const { name, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      name: string;
      exports: Record<string, unknown>;
    };
    assert.equal(name, "pulumi-mcs");
    assert.ok("./provider" in exports);
  });

  it("leads to handlers of those names, with every method that the engine calls", () => {
    assert.deepEqual(Object.keys(handlers).sort(), Object.keys(serializedProviders).sort());
    for (const handler of Object.values(handlers)) {
      for (const method of ["configure", "check", "diff", "create", "read", "update", "delete"] as const) {
        assert.equal(typeof handler[method], "function", method);
      }
    }
  });
});
