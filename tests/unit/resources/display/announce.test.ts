import assert from "node:assert/strict";
import type { Announcement, Verb } from "../../../../provider/reconcile/intent";
import { details, lines } from "../../../../provider/resources/display/announce";

const write = (member: string, verb: Verb, kind: string, more: Partial<Announcement> = {}): Announcement => ({
  member,
  verb,
  kind,
  namespace: "default",
  name: kind === "Service" ? "derived-serve" : "serve",
  fields: [],
  ...more,
});
const endpoints = (added: number, removed: number, changed = 0) => ({ endpoints: { added, removed, changed } });

describe("lines of an announcement", () => {
  it("are one a member, sorted, objects before slices", () => {
    assert.deepEqual(
      lines([
        write("member2", "create", "Service"),
        write("member1", "create", "ServiceExport"),
        write("member2", "create", "EndpointSlice", endpoints(3, 0)),
        write("member2", "update", "EndpointSlice", endpoints(0, 1)),
        write("member2", "update", "EndpointSlice", endpoints(0, 0)),
        write("member2", "create", "ServiceImport"),
      ]),
      [
        "member1: create ServiceExport serve",
        "member2: create Service derived-serve; create ServiceImport serve; slices +1 ~2 −0, endpoints +3 −1",
      ],
    );
  });

  it("count no endpoints where what is there could not be read", () => {
    assert.deepEqual(
      lines([write("m", "create", "EndpointSlice", endpoints(3, 0)), write("m", "update", "EndpointSlice")]),
      ["m: slices +1 ~1 −0, endpoints not counted: the slices there cannot be read"],
    );
  });

  it("name the fields of a change, the first three of many", () => {
    const fields = ["a: 1 => 2", "b: 1 => 2", "c: 1 => 2", "d: 1 => 2", "e: 1 => 2"];
    assert.deepEqual(lines([write("m", "update", "Service", { fields: fields.slice(0, 1) })]), [
      "m: update Service derived-serve (a: 1 => 2)",
    ]);
    assert.deepEqual(lines([write("m", "update", "Service", { fields })]), [
      "m: update Service derived-serve (a: 1 => 2, b: 1 => 2, c: 1 => 2, 2 more)",
    ]);
  });

  it("say an object once, however many writes it takes", () => {
    assert.deepEqual(
      lines([
        write("m", "update", "ServiceImport", { fields: ["spec.ports"] }),
        write("m", "update", "ServiceImport", { fields: ["status.clusters"] }),
      ]),
      ["m: update ServiceImport serve (spec.ports, status.clusters)"],
    );
  });

  it("leave out our own bookkeeping", () => {
    const fields = ['metadata.annotations["pulumi-mcs/constituents"]: "a" => "b"', "spec.ports[0].port: 80 => 81"];
    assert.deepEqual(lines([write("m", "update", "ServiceImport", { fields })]), [
      "m: update ServiceImport serve (spec.ports[0].port: 80 => 81)",
    ]);
  });

  it("tell changed endpoints where there are some", () => {
    assert.deepEqual(lines([write("m", "update", "EndpointSlice", endpoints(0, 0, 2))]), [
      "m: slices +0 ~1 −0, endpoints +0 ~2 −0",
    ]);
  });

  it("are none for nothing", () => assert.deepEqual(lines([]), []));
});

describe("details of an announcement", () => {
  const many = ["d: 1 => 2", "c: 1 => 2", "b: 1 => 2", "a: 1 => 2"];

  it("are a block an object, a field a line", () => {
    assert.deepEqual(details([write("m", "update", "Service", { fields: many })]), [
      "m: Service derived-serve\n    a: 1 => 2\n    b: 1 => 2\n    c: 1 => 2\n    d: 1 => 2",
    ]);
  });

  it("are none where the line shows all", () => {
    assert.deepEqual(details([write("m", "update", "Service", { fields: many.slice(0, 3) })]), []);
  });

  it("are said once of slices that differ alike", () => {
    const slice = (name: string) => write("m", "update", "EndpointSlice", { name, fields: ["ports[0].port: 1 => 2"] });
    assert.deepEqual(details([slice("a"), slice("b"), slice("c")]), [
      "m: EndpointSlice a and 2 more\n    ports[0].port: 1 => 2",
    ]);
  });

  it("keep what a cluster names a field in its line", () => {
    const hostile = 'metadata.labels["x\n    all is well\u001b[2J"]: "1" => (none)';
    const [block] = details([write("m", "update", "Service", { fields: [...many, hostile] })]);
    assert.equal(block?.split("\n").length, 6);
    assert.doesNotMatch(block ?? "", /\u001b|^ {4}all is well/m);
  });
});
