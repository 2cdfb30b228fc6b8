import assert from "node:assert/strict";
import { serializedProvider } from "../../../../sdk/engine/serialized-provider";
import * as mcs from "../../../../sdk/index";
import { registeredBy } from "../program";

describe("ClusterSetDNS", () => {
  it("passes its arguments on, and uses the clusterset's provider instance", async () => {
    const registered = await registeredBy(() => {
      const clusters = { member1: { kubeconfigPath: "a" }, member2: { kubeconfigPath: "b" } };
      const clusterSet = new mcs.ClusterSet("prod", { clusters });
      new mcs.ClusterSetDNS("names", { clusterSet, members: ["member2"], corednsVersion: "1.12.2" });
    });
    const [dns] = registered.filter(({ type }) => type === "pulumi-nodejs:dynamic/mcs:ClusterSetDNS");
    assert.deepEqual(dns?.inputs, {
      __provider: serializedProvider("ClusterSetDNS"),
      resourceUrn: "urn:pulumi:stack::project::pulumi-nodejs:dynamic/mcs:ClusterSetDNS::names",
      members: ["member2"],
      corednsVersion: "1.12.2",
    });
    assert.match(dns?.provider ?? "", /pulumi:providers:pulumi-nodejs::prod/);
  });
});
