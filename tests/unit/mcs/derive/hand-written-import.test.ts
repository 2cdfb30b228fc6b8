import assert from "node:assert/strict";
import type { ServiceImportSpec } from "../../../../provider/mcs/api";
import { contractFaults } from "../../../../provider/mcs/merge/contract";
import { fitPorts, handWrittenContract } from "../../../../provider/mcs/derive/hand-written-import";
import { merge } from "../../../../provider/mcs/merge/merge";
import { constituent, serviceImport } from "../../../support/builders";

const merged = merge([constituent("member1", 1)])!;

describe("the contract of a hand-written import", () => {
  it("that says no more than its type and ports gets the API's defaults", () => {
    assert.deepEqual(handWrittenContract(serviceImport({ sessionAffinity: "", internalTrafficPolicy: "" })), {
      type: "ClusterSetIP",
      ports: [{ name: "http", protocol: "TCP", port: 80 }],
      sessionAffinity: "None",
      internalTrafficPolicy: "Cluster",
    });
  });

  it("has ports that the exporters serve by number, whatever their names, and tells those that nobody serves", () => {
    const contract = handWrittenContract(
      serviceImport({
        ports: [
          { port: 80 },
          { name: "https", port: 443, protocol: "TCP" },
          { name: "dns", port: 53, protocol: "UDP" },
        ],
      }),
    );
    const { names, unserved } = fitPorts(contract, merged);
    assert.deepEqual([...(names.get("member1") ?? [])], [["http", ""]]);
    assert.deepEqual(unserved, ["443/TCP (https)", "53/UDP (dns)"]);
  });

  it("gets no port of the exporters that it does not list", () => {
    const { names } = fitPorts(handWrittenContract(serviceImport({ ports: [{ name: "https", port: 443 }] })), merged);
    assert.deepEqual([...(names.get("member1") ?? [])], []);
  });
});

describe("a hand-written import that no Service can carry", () => {
  const faults = (spec: Partial<ServiceImportSpec>) => contractFaults(handWrittenContract(serviceImport(spec)));
  const ports = (...list: ServiceImportSpec["ports"]) => ({ ports: list });
  const table: readonly [string, Partial<ServiceImportSpec>, readonly string[]][] = [
    ["is none where all is well", {}, []],
    ["may be headless without ports", { type: "Headless", ports: [] }, []],
    ["may have one unnamed port", ports({ port: 80 }, { name: "b", port: 81 }), []],
    [
      "may have TCP and UDP of one number",
      ports({ name: "a", port: 53 }, { name: "b", port: 53, protocol: "UDP" }),
      [],
    ],
    ["lists no port", ports(), ["it lists no port"]],
    ["has two unnamed ports", ports({ port: 80 }, { port: 81 }), ['two ports are named ""']],
    [
      "has one number twice",
      ports({ name: "a", port: 80 }, { name: "b", port: 80, protocol: "TCP" }),
      ["two ports are 80/TCP"],
    ],
    ["has a number that is none", ports({ port: 0 }), ["0 is not a port number"]],
    ["has a name that is none", ports({ name: "A_B", port: 80 }), ['"A_B" is not a port name']],
    ["has a protocol that is none", ports({ port: 80, protocol: "HTTP" }), ['"HTTP" is not a protocol']],
    ["has an appProtocol that is none", ports({ port: 80, appProtocol: "a b" }), ['"a b" is not an appProtocol']],
    [
      "has an affinity that is none",
      { sessionAffinity: "Sticky" },
      ['sessionAffinity is "Sticky", not None or ClientIP'],
    ],
    [
      "has a timeout out of range",
      { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 0 } } },
      ["0 is not 1 to 86400 seconds"],
    ],
    [
      "has a policy that is none",
      { internalTrafficPolicy: "Here" },
      ['internalTrafficPolicy is "Here", not Cluster or Local'],
    ],
    [
      "has a distribution that is none",
      { trafficDistribution: "Near" },
      ['trafficDistribution is "Near", not PreferClose or PreferSameZone or PreferSameNode'],
    ],
  ];
  for (const [what, spec, expected] of table) it(what, () => assert.deepEqual(faults(spec), expected));
});
