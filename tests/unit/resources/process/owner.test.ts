import assert from "node:assert/strict";
import { ownerName } from "../../../../provider/resources/process/owner";

describe("the name of an owner", () => {
  const of = (types: string, name: string) => `urn:pulumi:dev::shop::${types}::${name}`;

  it("is its kind, its name and its stack", () => {
    const types = "mcs:index:Team$pulumi-nodejs:dynamic/mcs:MultiClusterService";
    assert.equal(ownerName(of(types, "serve")), "MultiClusterService serve of stack shop/dev");
    assert.equal(
      ownerName(of("pulumi-nodejs:dynamic/mcs:ServiceImport", "a::b")),
      "ServiceImport a::b of stack shop/dev",
    );
  });

  it("is bounded, and none where there is no URN", () => {
    assert.equal(ownerName(of("t", "x".repeat(1_000)))?.length, 160);
    assert.equal(ownerName(undefined), undefined);
    assert.equal(ownerName("default/serve"), undefined);
  });
});
