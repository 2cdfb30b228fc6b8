import assert from "node:assert/strict";
import type { EndpointSlice } from "../../../../provider/mcs/api";
import { ANNOTATION, LABEL, MANAGER } from "../../../../provider/mcs/marks";
import { collidingAddresses, exporterEndpoints, isSource } from "../../../../provider/mcs/derive/exporter-endpoints";
import type { SliceTarget } from "../../../../provider/mcs/derive/imported-slices";
import { contentHash } from "../../../../provider/mcs/derive/slice-digest";
import { endpoint, endpointSlice, frozen, KEY, OWNER } from "../../../support/builders";
import { slicesIn } from "../../../support/slices-in";
import { spec } from "../../../support/spec";

const http = new Map([["http", "http"]]);
const target: SliceTarget = frozen({
  key: KEY,
  derivedName: "derived-serve",
  importUid: "uid-1",
  families: ["IPv4"],
  headless: false,
  maxEndpoints: 100,
  owner: OWNER,
});
const imported = (slices: readonly EndpointSlice[], change: Partial<SliceTarget> = {}, portNames = http) =>
  slicesIn("member2", { cluster: "member1", slices, portNames }, { ...target, ...change });
const only = (list: readonly EndpointSlice[]): EndpointSlice => {
  assert.equal(list.length, 1);
  return list[0]!;
};

describe("imported slices", () => {
  spec(
    ["G3", "G4", "G5", "G6", "G9", "I1"],
    "carry the labels of the KEP, our mark, the derived Service, and are owned by the import",
    () => {
      const slice = only(imported([endpointSlice(["10.1.0.5"])]));
      assert.deepEqual(slice.metadata.labels, {
        "pulumi-mcs/managed": "true",
        "endpointslice.kubernetes.io/managed-by": MANAGER,
        "multicluster.kubernetes.io/service-name": "serve",
        "multicluster.kubernetes.io/source-cluster": "member1",
        "kubernetes.io/service-name": "derived-serve",
      });
      assert.deepEqual(slice.metadata.ownerReferences, [
        { apiVersion: "multicluster.x-k8s.io/v1beta1", kind: "ServiceImport", name: "serve", uid: "uid-1" },
      ]);
      assert.deepEqual(slice.ports, [{ name: "http", protocol: "TCP", port: 8080 }]);
    },
  );

  it("copy no label, annotation or owner of the source, but the time of the change that it was written for", () => {
    const source = endpointSlice(["10.1.0.5"], {
      metadata: {
        name: "serve-x7k2p",
        labels: { [LABEL.serviceName]: "serve", app: "x", [LABEL.headless]: "" },
        annotations: { [ANNOTATION.triggerTime]: "2026-01-01T00:00:00Z", "example.com/note": "x" },
        ownerReferences: [{ apiVersion: "v1", kind: "Service", name: "serve", uid: "foreign" }],
      },
    });
    const { metadata } = only(imported([source]));
    assert.equal(metadata.labels?.["app"], undefined);
    assert.equal(metadata.labels?.[LABEL.headless], undefined);
    assert.deepEqual(Object.keys(metadata.annotations ?? {}), [
      ANNOTATION.contentHash,
      ANNOTATION.endpointCount,
      ANNOTATION.triggerTime,
      ANNOTATION.owner,
    ]);
    assert.deepEqual(
      metadata.ownerReferences?.map((o) => o.uid),
      ["uid-1"],
    );
  });

  spec("B12", "of a headless service carry the label that keeps kube-proxy away", () => {
    assert.equal(
      only(imported([endpointSlice(["10.1.0.5"])], { headless: true })).metadata.labels?.[LABEL.headless],
      "",
    );
  });

  spec(["G2", "D6"], "exist once a family even while the exporter has no slices", () => {
    const slices = imported([], { families: ["IPv4", "IPv6"] });
    assert.deepEqual(slices.map((s) => s.addressType).sort(), ["IPv4", "IPv6"]);
    assert.deepEqual(
      slices.map((s) => s.endpoints),
      [[], []],
    );
  });

  it("read null lists of an empty source slice as empty", () => {
    const slice = only(imported([endpointSlice([], { endpoints: null, ports: null })]));
    assert.deepEqual([slice.endpoints, slice.ports], [[], []]);
  });

  it("leave out families that the importer has no Service for, and host names", () => {
    const six = endpointSlice(["fd00::1"], { addressType: "IPv6", metadata: { name: "six" } });
    const fqdn = endpointSlice(["a.example.org"], { addressType: "FQDN", metadata: { name: "fqdn" } });
    assert.deepEqual(
      imported([endpointSlice(["10.1.0.5"]), six, fqdn]).map((s) => s.addressType),
      ["IPv4"],
    );
  });

  spec("F8", "name ports as the derived Service does, and leave out those that lost", () => {
    const source = endpointSlice(["10.1.0.5"], {
      ports: [
        { name: "web", port: 8080 },
        { name: "admin", port: 9090 },
      ],
    });
    assert.deepEqual(only(imported([source], {}, new Map([["web", "http"]]))).ports, [
      { name: "http", protocol: "TCP", port: 8080 },
    ]);
  });

  it("read an absent and a null port name as the unnamed port", () => {
    const unnamed = new Map([["", "tcp-80"]]);
    for (const name of [undefined, null, ""]) {
      const source = endpointSlice(["10.1.0.5"], { ports: [{ name, port: 8080 }] });
      assert.equal(only(imported([source], {}, unnamed)).ports?.[0]?.name, "tcp-80");
    }
  });

  it("leave out port numbers that kube-proxy could not program", () => {
    const source = endpointSlice(["10.1.0.5"], { ports: [0, 70000, null].map((port) => ({ name: "http", port })) });
    assert.deepEqual(only(imported([source])).ports, []);
  });

  it("keep numeric targets of other clusters: each slice has its own port number", () => {
    const other = endpointSlice(["10.2.0.5"], { ports: [{ name: "http", port: 9000 }] });
    assert.equal(only(imported([other])).ports?.[0]?.port, 9000);
  });

  it("are split where the source slice holds more endpoints than allowed", () => {
    const source = endpointSlice(Array.from({ length: 7 }, (_, n) => `10.1.0.${n}`));
    const slices = imported([source], { maxEndpoints: 3 });
    assert.ok(slices.every((s) => (s.endpoints ?? []).length <= 3));
    assert.equal(slices.flatMap((s) => s.endpoints ?? []).length, 7);
    assert.deepEqual(
      [...slices].map((s) => s.metadata.name),
      slices.map((s) => s.metadata.name).sort(),
    );
  });

  spec("B1", "never come from an imported slice, ours or another mirror's", () => {
    const labels = (more: Record<string, string>) => ({
      metadata: { name: "m", labels: { [LABEL.serviceName]: "serve", ...more } },
    });
    assert.equal(isSource(endpointSlice([], labels({ [LABEL.sourceCluster]: "member3" }))), false);
    assert.equal(isSource(endpointSlice([], labels({ [LABEL.sliceManagedBy]: MANAGER }))), false);
    assert.equal(
      isSource(endpointSlice([], labels({ [LABEL.sliceManagedBy]: "endpointslice-dispatch-controller.karmada.io" }))),
      false,
    );
    assert.equal(
      isSource(endpointSlice([], labels({ [LABEL.sliceManagedBy]: "endpointslicemirroring-controller.k8s.io" }))),
      true,
    );
    assert.equal(isSource(endpointSlice([], labels({}))), true);
  });

  it("never come from a slice that is being deleted", () => {
    const leaving = endpointSlice(["10.1.0.5"], { metadata: { name: "x", deletionTimestamp: "2026-01-01T00:00:00Z" } });
    assert.equal(isSource(leaving), false);
  });
});

describe("the content hash of a slice", () => {
  const slice = endpointSlice([endpoint("10.1.0.5"), endpoint("10.1.0.6")]);

  it("is the same for the form that the API server gives back", () => {
    const written = only(imported([]));
    assert.equal(contentHash(written), contentHash({ ...written, endpoints: null, ports: null }));
  });

  it("does not depend on the order of endpoints", () => {
    assert.equal(contentHash(slice), contentHash({ ...slice, endpoints: [...(slice.endpoints ?? [])].reverse() }));
  });

  it("changes with readiness", () => {
    const flipped = {
      ...slice,
      endpoints: [endpoint("10.1.0.5", { conditions: { ready: false } }), endpoint("10.1.0.6")],
    };
    assert.notEqual(contentHash(slice), contentHash(flipped));
  });

  it("changes with a port", () => {
    assert.notEqual(contentHash(slice), contentHash({ ...slice, ports: [{ name: "http", protocol: "TCP", port: 1 }] }));
  });
});

describe("colliding addresses", () => {
  it("are those that two exporters claim", () => {
    const found = collidingAddresses([
      exporterEndpoints({ cluster: "b", slices: [endpointSlice(["10.1.0.5", "10.1.0.6"])] }),
      exporterEndpoints({ cluster: "a", slices: [endpointSlice(["10.1.0.5"]), endpointSlice(["10.1.0.5"])] }),
    ]);
    assert.deepEqual([...found], [["10.1.0.5", ["a", "b"]]]);
  });

  it("are not those of one exporter, nor those of imported slices", () => {
    const mirror = endpointSlice(["10.1.0.5"], { metadata: { name: "m", labels: { [LABEL.sourceCluster]: "a" } } });
    const found = collidingAddresses([
      exporterEndpoints({ cluster: "a", slices: [endpointSlice(["10.1.0.5"]), endpointSlice(["10.1.0.5"])] }),
      exporterEndpoints({ cluster: "b", slices: [mirror] }),
    ]);
    assert.equal(found.size, 0);
  });
});
