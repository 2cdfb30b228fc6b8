import assert from "node:assert/strict";
import type { ServiceExport } from "../../../../provider/mcs/api";
import { validity } from "../../../../provider/mcs/merge/validity";
import { service, serviceExport } from "../../../support/builders";
import { spec } from "../../../support/spec";

const of = (exportSpec: ServiceExport["spec"]) => validity(serviceExport(0, exportSpec), service());

describe("the validity of an export", () => {
  spec(["B2", "C1"], "an export with a Service of its name is valid", () => {
    assert.deepEqual(of({}), { state: "valid" });
  });

  spec("B9", "an export without a Service is invalid: NoService", () => {
    const found = validity(serviceExport(), undefined);
    assert.equal(found.state, "invalid");
    assert.equal("reason" in found && found.reason, "NoService");
    assert.match("message" in found ? found.message : "", /Service demo\/serve does not exist/);
  });

  spec("B10", "an export of an ExternalName Service is invalid: InvalidServiceType", () => {
    const found = validity(serviceExport(), service({ type: "ExternalName", externalName: "example.org" }));
    assert.equal("reason" in found && found.reason, "InvalidServiceType");
  });

  spec("B8", "an export that is being deleted is out already", () => {
    const leaving = serviceExport(0, {}, { deletionTimestamp: "2026-01-01T00:00:00Z" });
    assert.deepEqual(validity(leaving, service()), { state: "leaving" });
  });

  const legal: readonly [string, ServiceExport["spec"]][] = [
    ["plain keys", { exportedLabels: { app: "serve" }, exportedAnnotations: { doc: "anything at all, ünïcode too" } }],
    ["prefixed keys", { exportedLabels: { "example.org/tier": "a_b.c-d" } }],
    ["an empty label value", { exportedLabels: { app: "" } }],
    ["upper case in an annotation's prefix", { exportedAnnotations: { "Example.org/x": "" } }],
    ["a name of 63 and a value of 63", { exportedLabels: { ["k".repeat(63)]: "v".repeat(63) } }],
  ];
  for (const [what, exportSpec] of legal) {
    it(`takes ${what}`, () => assert.deepEqual(of(exportSpec), { state: "valid" }));
  }

  const illegal: readonly [string, ServiceExport["spec"], RegExp][] = [
    ["a key with a space", { exportedLabels: { "not a key": "x" } }, /"not a key" is not a label key/],
    ["a key with two slashes", { exportedLabels: { "a/b/c": "x" } }, /"a\/b\/c" is not a label key/],
    ["an empty key", { exportedLabels: { "": "x" } }, /"" is not a label key/],
    ["an empty prefix", { exportedLabels: { "/x": "x" } }, /is not a label key/],
    ["a label value with a space", { exportedLabels: { app: "two words" } }, /value of exportedLabels key "app"/],
    ["a label value of 64", { exportedLabels: { app: "v".repeat(64) } }, /value of exportedLabels key "app"/],
    ["an annotation key with a space", { exportedAnnotations: { "a b": "" } }, /"a b" is not an annotation key/],
    ["more annotations than an object can carry", { exportedAnnotations: { a: "x".repeat(200_000) } }, /bytes/],
    ["as many bytes in fewer characters", { exportedAnnotations: { a: "€".repeat(70_000) } }, /bytes/],
    [
      "so many keys that remembering them takes too much",
      { exportedLabels: Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`${"k".repeat(50)}${n}`, ""])) },
      /bytes/,
    ],
  ];
  for (const [what, exportSpec, says] of illegal) {
    spec("C2", `is not ready with ${what}, and says so`, () => {
      const found = of(exportSpec);
      assert.equal(found.state, "failed");
      assert.match("message" in found ? found.message : "", says);
    });
  }

  it("shows a long key of somebody's making cut and escaped", () => {
    const found = of({ exportedLabels: { [`${"x".repeat(200)}\n`]: "", 'q"\n': "" } });
    const message = "message" in found ? found.message : "";
    assert.doesNotMatch(message, /\n/);
    assert.ok(message.length < 300, message);
  });
});
