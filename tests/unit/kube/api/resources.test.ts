import assert from "node:assert/strict";
import { collectionPath, objectPath, resources } from "../../../../provider/kube/api/resources";

describe("kube/resources", () => {
  it("knows where each kind is", () => {
    assert.equal(
      objectPath(resources.Service, { namespace: "shop", name: "web" }),
      "/api/v1/namespaces/shop/services/web",
    );
    assert.equal(
      objectPath(resources.ServiceImport, { namespace: "shop", name: "web" }, "status"),
      "/apis/multicluster.x-k8s.io/v1beta1/namespaces/shop/serviceimports/web/status",
    );
    assert.equal(collectionPath(resources.EndpointSlice), "/apis/discovery.k8s.io/v1/endpointslices");
    assert.equal(objectPath(resources.Node, { namespace: "ignored", name: "n1" }), "/api/v1/nodes/n1");
  });

  // The server unescapes before it splits, so "web%2Fproxy" would be another resource of the same Service.
  for (const name of ["", ".", "..", "a/b", "../secrets/s", "web%2Fproxy"]) {
    it(`refuses ${JSON.stringify(name)} as a name or namespace`, () => {
      assert.throws(() => objectPath(resources.Service, { namespace: "shop", name }), RangeError);
      assert.throws(() => collectionPath(resources.Service, name), RangeError);
    });
  }

  it("escapes what would end a path", () => {
    assert.match(
      objectPath(resources.Service, { namespace: "a?b", name: "c#d" }),
      /namespaces\/a%3Fb\/services\/c%23d$/,
    );
  });
});
