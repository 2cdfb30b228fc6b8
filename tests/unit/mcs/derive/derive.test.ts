import assert from "node:assert/strict";
import type { Service } from "../../../../provider/mcs/api";
import { deriveImport } from "../../../../provider/mcs/derive/derive";
import { exporterEndpoints } from "../../../../provider/mcs/derive/exporter-endpoints";
import { mergedTerms } from "../../../../provider/mcs/derive/terms";
import { ANNOTATION, LABEL } from "../../../../provider/mcs/marks";
import { merge } from "../../../../provider/mcs/merge/merge";
import type { MemberService, View } from "../../../../provider/mcs/observed";
import { offerOf } from "../../../../provider/mcs/merge/offer";
import { PENDING } from "../../../../provider/mcs/pending";
import {
  at,
  endpointSlice,
  frozen,
  headless,
  KEY,
  memberService,
  OWNER,
  service,
  serviceExport,
  serviceImport,
  view,
} from "../../../support/builders";
import { spec } from "../../../support/spec";

function exporter(
  id: string,
  created: number,
  of: Service,
  addresses: readonly string[],
): View & { readonly state: "read" } {
  const ports = of.spec.ports?.map((p) => ({ name: p.name ?? "", protocol: p.protocol, port: 8080 }));
  return view(id, {
    export: serviceExport(created),
    service: of,
    sourceSlices: [endpointSlice(addresses, { ports: ports ?? [] })],
  });
}

function derive(
  exporters: readonly (View & { readonly state: "read" })[],
  importer: Partial<MemberService> = {},
  held: readonly string[] = [],
) {
  const merged = merge(
    exporters.map(({ id, service: of }) => ({
      cluster: id,
      since: of.export!.metadata.creationTimestamp ?? at(0),
      offer: offerOf(of.service!, of.export!),
    })),
  )!;
  const taken = exporters
    .filter(({ id }) => !held.includes(id))
    .map(({ id, service: of }) => exporterEndpoints({ cluster: id, slices: of.sourceSlices }));
  return deriveImport(
    { id: "member2", service: memberService(importer) },
    {
      key: KEY,
      owner: OWNER,
      derivedName: "derived-serve",
      maxEndpoints: 100,
      merged,
      exporters: taken,
      terms: mergedTerms(merged, taken),
      adopt: false,
    },
  );
}

function derivedLive(change: Partial<Service["spec"]> = {}): Service {
  return service(
    { clusterIP: "10.96.0.7", clusterIPs: ["10.96.0.7"], ...change },
    {
      name: "derived-serve",
      labels: { [LABEL.managed]: "true" },
      annotations: { [ANNOTATION.importRef]: "demo/serve" },
    },
  );
}

describe("what an importing cluster should hold", () => {
  spec(
    ["D1", "G2", "I1"],
    "is a derived Service, an import and slices; their addresses and UIDs come when they are written",
    () => {
      const found = derive([exporter("member1", 1, service(), ["10.1.0.5"])]);
      assert.equal(found.derived?.metadata.name, "derived-serve");
      assert.deepEqual(found.import.spec.ips, [PENDING]);
      assert.equal(found.slices[0]?.metadata.ownerReferences?.[0]?.uid, PENDING);
      assert.equal(found.ready.status, "True");
    },
  );

  spec(["E3", "E6"], "has the live Service's addresses as the import's", () => {
    const found = derive([exporter("member1", 1, service(), ["10.1.0.5"])], {
      derived: [derivedLive()],
      import: serviceImport({}, { labels: { [LABEL.managed]: "true" }, uid: "u" }),
    });
    assert.deepEqual(found.import.spec.ips, ["10.96.0.7"]);
    assert.equal(found.slices[0]?.metadata.ownerReferences?.[0]?.uid, "u");
  });

  spec(["F8", "G2", "G3"], "has slices of each exporter, with the ports that it serves", () => {
    const found = derive([
      exporter("member1", 1, service(), ["10.1.0.5"]),
      exporter(
        "member3",
        2,
        service({
          ports: [
            { name: "web", port: 80 },
            { name: "http", port: 8000 },
          ],
        }),
        ["10.3.0.5"],
      ),
    ]);
    const bySource = found.slices.map((s) => [
      s.metadata.labels?.[LABEL.sourceCluster],
      s.ports?.map((p) => p.name),
      s.endpoints?.[0]?.addresses,
    ]);
    assert.deepEqual(bySource.sort(), [
      ["member1", ["http"], ["10.1.0.5"]],
      ["member3", ["http"], ["10.3.0.5"]],
    ]);
    assert.equal(found.import.spec.ports.length, 1);
  });

  it("names an unnamed port in the Service and in the slices alike, and leaves it unnamed in the import", () => {
    const found = derive([
      exporter("member1", 1, service({ ports: [{ port: 80 }] }), ["10.1.0.5"]),
      exporter("member3", 2, service({ ports: [{ name: "https", port: 443 }] }), ["10.3.0.5"]),
    ]);
    assert.deepEqual(
      found.derived?.spec.ports?.map((p) => p.name),
      ["tcp-80", "https"],
    );
    assert.deepEqual(
      found.import.spec.ports.map((p) => p.name),
      [undefined, "https"],
    );
    const names = found.slices.map((s) => s.ports?.map((p) => p.name).join());
    assert.deepEqual(names.sort(), ["https", "tcp-80"]);
  });

  spec("C9", "is an import that says so where the cluster has none of the families, and no Service", () => {
    const found = derive([exporter("member1", 1, service(), ["10.1.0.5"])], { families: ["IPv6"] });
    assert.equal(found.derived, undefined);
    assert.deepEqual(found.slices, []);
    assert.deepEqual([found.ready.status, found.ready.reason], ["False", "IPFamilyNotSupported"]);
    assert.equal("ips" in found.import.spec, false);
  });

  spec(["B12", "H7"], "of a headless service is headless, hostnames kept", () => {
    const source = exporter("member1", 1, headless(), []);
    const named = frozen({
      ...source,
      service: { ...source.service, sourceSlices: [endpointSlice([{ addresses: ["10.1.0.5"], hostname: "web-0" }])] },
    });
    const found = derive([named]);
    assert.equal(found.derived?.spec.clusterIP, "None");
    assert.equal(found.slices[0]?.metadata.labels?.[LABEL.headless], "");
    assert.equal(found.slices[0]?.endpoints?.[0]?.hostname, "web-0");
  });

  for (const [from, to] of [
    [service(), headless()],
    [headless(), service()],
  ] as const) {
    spec(
      "D10",
      `after a flip to ${to.spec.clusterIP === "None" ? "Headless" : "ClusterSetIP"} is a Service made anew`,
      () => {
        const live = derivedLive(from.spec.clusterIP === "None" ? { clusterIP: "None", clusterIPs: ["None"] } : {});
        const found = derive([exporter("member1", 1, to, ["10.1.0.5"])], { derived: [live] });
        assert.equal(found.derived?.metadata.uid, undefined);
        assert.equal(found.derived?.metadata.resourceVersion, undefined);
        assert.deepEqual(found.import.spec.ips, to.spec.clusterIP === "None" ? undefined : [PENDING]);
      },
    );
  }

  it("after a flip has the families in the oldest export's order: the new Service is free to choose", () => {
    const both: Partial<Service["spec"]> = { ipFamilies: ["IPv4", "IPv6"], ipFamilyPolicy: "RequireDualStack" };
    const live = derivedLive({ clusterIP: "None", clusterIPs: ["None"], ipFamilies: ["IPv6", "IPv4"] });
    const importer = { derived: [live], families: ["IPv4", "IPv6"] as const };
    assert.deepEqual(derive([exporter("member1", 1, service(both), [])], importer).derived?.spec.ipFamilies, [
      "IPv4",
      "IPv6",
    ]);
    assert.deepEqual(derive([exporter("member1", 1, headless(both), [])], importer).derived?.spec.ipFamilies, [
      "IPv6",
      "IPv4",
    ]);
  });

  spec("G10", "leaves the slices of a held exporter alone", () => {
    const found = derive(
      [exporter("member1", 1, service(), ["10.1.0.5"]), exporter("member3", 2, service(), ["10.3.0.5"])],
      {},
      ["member3"],
    );
    assert.deepEqual(
      found.slices.map((s) => s.metadata.labels?.[LABEL.sourceCluster]),
      ["member1"],
    );
    assert.deepEqual(found.import.metadata.annotations?.[ANNOTATION.constituents]?.match(/"cluster":"\w+"/g), [
      '"cluster":"member1"',
      '"cluster":"member3"',
    ]);
  });

  it("of an import that a person wrote follows its contract, and says which ports nobody serves", () => {
    const live = serviceImport({
      ports: [
        { name: "main", port: 80, protocol: "TCP" },
        { name: "admin", port: 9090, protocol: "TCP" },
      ],
    });
    const found = derive([exporter("member1", 1, service(), ["10.1.0.5"])], { import: live });
    assert.deepEqual(
      found.derived?.spec.ports?.map((p) => p.name),
      ["main", "admin"],
    );
    assert.deepEqual(
      found.slices[0]?.ports?.map((p) => p.name),
      ["main"],
    );
    assert.deepEqual(
      [found.ready.reason, found.ready.message],
      ["Pending", "no exporting cluster serves 9090/TCP (admin)"],
    );
    assert.equal(found.import.metadata.labels?.[LABEL.managed], undefined);
  });
});
