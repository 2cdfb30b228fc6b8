import assert from "node:assert/strict";
import { ANNOTATION, LABEL } from "../../../../provider/mcs/marks";
import { merge } from "../../../../provider/mcs/merge/merge";
import {
  completedImport,
  importReady,
  importStatus,
  ownImport,
} from "../../../../provider/mcs/derive/imported-service";
import type { ImportArgs } from "../../../../provider/mcs/derive/imported-service";
import { constituent, frozen, KEY, OWNER, serviceImport } from "../../../support/builders";
import { spec } from "../../../support/spec";

const merged = merge([constituent("member1", 1, { labels: { hash: "h", value: { app: "web" } } })])!;
const args: ImportArgs = frozen({
  key: KEY,
  owner: OWNER,
  merged,
  derivedName: "derived-serve",
  ips: ["10.96.0.7"],
  families: ["IPv4"],
  live: undefined,
});

describe("an import that we make", () => {
  spec(
    ["D1", "D3", "D4", "E1", "E6"],
    "has the service's name, the merged properties, and addresses in the order of their families",
    () => {
      const { metadata, spec: of } = ownImport(args);
      assert.deepEqual([metadata.namespace, metadata.name], ["demo", "serve"]);
      assert.deepEqual(of, {
        type: "ClusterSetIP",
        ports: [{ name: "http", protocol: "TCP", port: 80 }],
        ips: ["10.96.0.7"],
        ipFamilies: ["IPv4"],
        sessionAffinity: "None",
        internalTrafficPolicy: "Cluster",
      });
      assert.deepEqual(metadata.labels, { app: "web", [LABEL.managed]: "true" });
      assert.equal(metadata.annotations?.[ANNOTATION.owner], OWNER);
      assert.equal(metadata.annotations?.[ANNOTATION.derivedService], "derived-serve");
    },
  );

  spec(["E1", "E6"], "for a headless service has families and no addresses", () => {
    const headless = merge([constituent("member1", 1, { type: "Headless", ports: [] })])!;
    const { spec: of } = ownImport({ ...args, merged: headless, ips: [] });
    assert.deepEqual([of.type, of.ports, of.ips, of.ipFamilies], ["Headless", [], undefined, ["IPv4"]]);
  });

  it("keeps what others put on it, and its status", () => {
    const status = { clusters: [{ cluster: "member1" }] };
    const live = frozen({ ...serviceImport({}, { labels: { team: "a" }, resourceVersion: "7" }), status });
    const written = ownImport({ ...args, live });
    assert.equal(written.metadata.labels?.["team"], "a");
    assert.equal(written.metadata.resourceVersion, "7");
    assert.deepEqual(written.status, status);
  });
});

describe("an import that a person wrote", () => {
  const live = serviceImport(
    { ports: [{ port: 8000, protocol: "TCP" }], sessionAffinity: "ClientIP", ips: ["1.2.3.4"], ipFamilies: ["IPv6"] },
    { labels: { team: "a" }, annotations: { theirs: "y" } },
  );

  spec("D9", "keeps its ports, affinity and labels; addresses and families are filled in", () => {
    const { metadata, spec: of } = completedImport(live, args);
    assert.deepEqual(of, { ...live.spec, ips: ["10.96.0.7"], ipFamilies: ["IPv4"] });
    assert.deepEqual(metadata.labels, { team: "a" });
    assert.equal(metadata.annotations?.["theirs"], "y");
    assert.equal(metadata.annotations?.[ANNOTATION.derivedService], "derived-serve");
    assert.equal(metadata.annotations?.[ANNOTATION.owner], undefined);
  });

  it("loses an address that nobody serves", () => {
    assert.equal("ips" in completedImport(live, { ...args, ips: [] }).spec, false);
  });
});

describe("the status of an import", () => {
  const two = merge([constituent("b", 1), constituent("a", 2)])!;
  const status = (slices: number) =>
    importStatus({
      merged: two,
      ready: importReady.ready(""),
      slices,
      live: undefined,
      generation: 3,
      now: "2026-01-01T00:00:00Z",
    });

  spec("D5", "lists the exporting clusters, sorted", () => {
    assert.deepEqual(status(1).clusters, [{ cluster: "a" }, { cluster: "b" }]);
  });

  spec("D6", "says whether imported slices exist", () => {
    assert.deepEqual([status(1).endpointSliceObjects, status(0).endpointSliceObjects], ["Present", "Absent"]);
  });

  spec("C9", "has the Ready condition, of this generation", () => {
    assert.deepEqual(status(1).conditions, [
      {
        type: "Ready",
        status: "True",
        reason: "Ready",
        message: "",
        observedGeneration: 3,
        lastTransitionTime: "2026-01-01T00:00:00Z",
      },
    ]);
  });
});
