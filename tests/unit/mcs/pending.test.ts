import assert from "node:assert/strict";
import { bindImport, bindSlice, PENDING } from "../../../provider/mcs/pending";
import { endpointSlice, serviceImport } from "../../support/builders";

describe("what a plan leaves open", () => {
  it("an import gets the addresses of the Service that was made", () => {
    assert.deepEqual(bindImport(serviceImport({ ips: [PENDING] }), ["10.96.0.7"]).spec.ips, ["10.96.0.7"]);
  });
  it("an import with addresses keeps them", () => {
    assert.deepEqual(bindImport(serviceImport({ ips: ["10.96.0.1"] }), ["10.96.0.7"]).spec.ips, ["10.96.0.1"]);
  });
  it("a slice gets the UID of the import that was made", () => {
    const owners = (uid: string) =>
      endpointSlice([], {
        metadata: { name: "x", ownerReferences: [{ apiVersion: "v1", kind: "ServiceImport", name: "serve", uid }] },
      });
    assert.equal(bindSlice(owners(PENDING), "u").metadata.ownerReferences?.[0]?.uid, "u");
    assert.equal(bindSlice(owners("old"), "u").metadata.ownerReferences?.[0]?.uid, "old");
  });
});
