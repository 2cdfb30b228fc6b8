import assert from "node:assert/strict";
import { fieldChanges } from "../../../provider/reconcile/field-changes";

describe("what differs, for a person to read", () => {
  const table: readonly [string, unknown, unknown, readonly string[]][] = [
    ["nothing where nothing does", { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
    ["an inner field", { spec: { port: 80 } }, { spec: { port: 81 } }, ["spec.port: 80 => 81"]],
    ["an item of a list", { ports: [{ port: 80 }] }, { ports: [{ port: 81 }] }, ["ports[0].port: 80 => 81"]],
    ["a field that comes", {}, { a: "x" }, ['a: (none) => "x"']],
    ["a field that goes", { a: "x" }, {}, ['a: "x" => (none)']],
    ["a key with dots and slashes", { l: { "a.b/c": "1" } }, { l: { "a.b/c": "2" } }, ['l["a.b/c"]: "1" => "2"']],
    ["a list that becomes a map", { a: [1] }, { a: { b: 1 } }, ['a: [1] => {"b":1}']],
    ["null and absent", { a: null }, {}, ["a: null => (none)"]],
    ["several, sorted", { b: 1, a: 1 }, { b: 2, a: 2 }, ["a: 1 => 2", "b: 1 => 2"]],
    ["a whole value that comes", undefined, 1, ["object: (none) => 1"]],
  ];
  for (const [title, live, wanted, expected] of table) {
    it(title, () => assert.deepEqual(fieldChanges(live, wanted), expected));
  }

  it("long values are cut", () => {
    const [text] = fieldChanges({ a: "x".repeat(500) }, { a: "y" });
    assert.ok((text ?? "").length < 100);
  });
});
