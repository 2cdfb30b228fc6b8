import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { handlers } from "../../../../provider/dynamic-provider";
import { dynamicType, serializedProvider } from "../../../../sdk/engine/serialized-provider";
import { storedTexts } from "./stored-texts";

const root = join(__dirname, "../../../..");
const kinds = [
  "ClusterSetDNS",
  "ClusterSetMembership",
  "MultiClusterService",
  "ServiceExport",
  "ServiceImport",
] as const;

describe("the serialized provider", () => {
  it("is one of these texts, for ever: every stack in the field has one of them in its state", () => {
    const [short, long] = storedTexts;
    const folder = mkdtempSync(join(tmpdir(), "program-"));
    try {
      const finding = join(folder, "finding");
      const installed = join(finding, "node_modules/pulumi-mcs");
      mkdirSync(installed, { recursive: true });
      writeFileSync(join(installed, "provider.js"), "");
      for (const kind of kinds) {
        assert.equal(serializedProvider(kind, finding), short!.of(kind));
        assert.equal(serializedProvider(kind, join(folder, "strict")), long!.of(kind));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("gives these type tokens, for ever", () => {
    assert.deepEqual(kinds.map(dynamicType), [
      "pulumi-nodejs:dynamic/mcs:ClusterSetDNS",
      "pulumi-nodejs:dynamic/mcs:ClusterSetMembership",
      "pulumi-nodejs:dynamic/mcs:MultiClusterService",
      "pulumi-nodejs:dynamic/mcs:ServiceExport",
      "pulumi-nodejs:dynamic/mcs:ServiceImport",
    ]);
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
    assert.deepEqual(Object.keys(handlers).sort(), kinds);
    for (const handler of Object.values(handlers)) {
      for (const method of ["configure", "check", "diff", "create", "read", "update", "delete"] as const) {
        assert.equal(typeof handler[method], "function", method);
      }
    }
  });
});
