import assert from "node:assert/strict";
import { memoryOf } from "../../../../provider/mcs/merge/memory";
import { ANNOTATION, LABEL } from "../../../../provider/mcs/marks";
import { exportersOf, trusted } from "../../../../provider/mcs/merge/exporters";
import type { Exporting } from "../../../../provider/mcs/merge/exporters";
import {
  at,
  constituent,
  KEY,
  OWNER,
  ownExport,
  service,
  serviceExport,
  serviceImport,
  unreadable,
  view,
} from "../../../support/builders";
import { spec } from "../../../support/spec";

const intent: Exporting = { key: KEY, owner: OWNER, exportFrom: [] };
const clusters = (of: ReturnType<typeof exportersOf>) => of.constituents.map((c) => c.cluster);
const remembering = (...list: Parameters<typeof memoryOf>[0]) =>
  serviceImport({}, { annotations: { [ANNOTATION.constituents]: memoryOf(list).text } });

describe("who takes part", () => {
  spec(["B1", "B4"], "a Service without an export does not", () => {
    assert.deepEqual(clusters(exportersOf([view("a", { service: service() })], intent)), []);
  });

  spec(["B2", "B3"], "every cluster with a valid export does, whoever made it", () => {
    const views = [
      view("a", { service: service(), export: serviceExport(1) }),
      view("b", { service: service(), export: ownExport(2, {}, "somebody else") }),
    ];
    const found = exportersOf(views, intent);
    assert.deepEqual(clusters(found), ["a", "b"]);
    assert.equal(found.constituents[0]?.since, at(1));
  });

  spec(["B9", "B10", "B8"], "an invalid or leaving export does not", () => {
    const views = [
      view("a", { export: serviceExport() }),
      view("b", { export: serviceExport(), service: service({ type: "ExternalName" }) }),
      view("c", { export: serviceExport(0, {}, { deletionTimestamp: at(1) }), service: service() }),
    ];
    const found = exportersOf(views, intent);
    assert.deepEqual(clusters(found), []);
    assert.deepEqual(
      [...found.exports].map(([id, e]) => `${id} ${e.validity.state}`),
      ["a invalid", "b invalid", "c leaving"],
    );
  });

  it("a cluster that is to export does, without an age while its export is only planned", () => {
    const [planned] = exportersOf([view("a", { service: service() })], { ...intent, exportFrom: ["a"] }).constituents;
    assert.equal(planned?.cluster, "a");
    assert.equal(planned && "since" in planned, false);
  });

  it("an export of ours that is no longer asked for does not, one of somebody else does", () => {
    const views = [
      view("a", { service: service(), export: ownExport(1) }),
      view("b", { service: service(), export: ownExport(1, {}, "somebody else") }),
    ];
    assert.deepEqual(clusters(exportersOf(views, intent)), ["b"]);
  });

  it("an export that is asked for carries our mark and the asked maps, and keeps what others put on it", () => {
    const live = serviceExport(1, { exportedLabels: { old: "1" } }, { labels: { team: "a" } });
    const found = exportersOf([view("a", { service: service(), export: live })], {
      ...intent,
      exportFrom: ["a"],
      exportedLabels: { app: "web" },
    });
    const coming = found.exports.get("a")?.export;
    assert.deepEqual(coming?.metadata.labels, { team: "a", [LABEL.managed]: "true" });
    assert.deepEqual(coming?.spec, { exportedLabels: { app: "web" } });
  });

  spec("G10", "a cluster that cannot be read keeps its place, as the importers remember it", () => {
    const past = constituent("gone", 1);
    const views = [
      unreadable("gone"),
      view("a", { service: service(), export: serviceExport(2), import: remembering(past) }),
    ];
    const found = exportersOf(views, intent);
    assert.deepEqual(found.held, ["gone"]);
    assert.deepEqual(clusters(found).sort(), ["a", "gone"]);
    assert.equal(found.constituents.find((c) => c.cluster === "gone")?.since, at(1));
  });

  it("a cluster that cannot be read and never exported is held, and offers nothing", () => {
    const found = exportersOf([unreadable("gone")], intent);
    assert.deepEqual([found.held, found.constituents], [["gone"], []]);
  });

  it("importers that remember differently are heard in the order of their ids", () => {
    const importers = [
      view("z", { import: remembering(constituent("gone", 9)) }),
      view("b", { import: remembering(constituent("gone", 1)) }),
      unreadable("gone"),
    ];
    assert.equal(exportersOf(importers, intent).constituents[0]?.since, at(1));
  });

  it("of as many importers, one that tells the ports is heard before one that forgot them", () => {
    const told = constituent("gone", 9);
    const importers = [
      view("b", { import: remembering({ ...told, portsAssumed: true }) }),
      view("z", { import: remembering(told) }),
      unreadable("gone"),
    ];
    assert.equal(exportersOf(importers, intent).constituents[0]?.portsAssumed, undefined);
    const most = [...importers, view("c", { import: remembering({ ...told, portsAssumed: true }) })];
    assert.equal(exportersOf(most, intent).constituents[0]?.portsAssumed, true);
  });

  it("a cluster whose MCS API is not served any more is held where it exported before", () => {
    const views = [view("a", { crds: "absent" }), view("b", { import: remembering(constituent("a", 1)) })];
    assert.deepEqual(exportersOf(views, intent).held, ["a"]);
    assert.deepEqual(exportersOf([view("a", { crds: "absent" })], intent).held, []);
  });

  it("a cluster that serves v1alpha1 alone says who exports there, and takes nothing that was made there before", () => {
    const importer = view("b", { import: remembering(constituent("a", 1)) });
    const outdated = view("a", { crds: "outdated" });
    assert.deepEqual(exportersOf([outdated, importer], { ...intent, exportFrom: [] }).held, []);
    const [trustedOne] = trusted([outdated, importer], { exportFrom: ["a"], importTo: ["b"] });
    assert.equal(trustedOne?.state, "unreadable");
    assert.match(
      trustedOne?.state === "unreadable" ? trustedOne.message : "",
      /only v1alpha1: let the ClusterSet upgrade/,
    );
    const [newOne] = trusted([outdated], { exportFrom: ["a"], importTo: ["b"] });
    assert.equal(newOne?.state, "read");
  });
});
