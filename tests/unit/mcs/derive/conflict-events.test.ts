import assert from "node:assert/strict";
import { typeConflictEvent } from "../../../../provider/mcs/derive/conflict-events";
import type { Conflict } from "../../../../provider/mcs/merge/conflict";
import { at, frozen, serviceExport } from "../../../support/builders";
import { spec } from "../../../support/spec";

const type: Conflict = { reason: "TypeConflict", field: "type", message: "type of a (ClusterSetIP) is used" };
const port: Conflict = { reason: "PortConflict", field: "ports", message: "ports differ" };
const told = (reason: string) =>
  frozen({
    ...serviceExport(),
    status: {
      conditions: [{ type: "Conflict", status: "True" as const, reason, message: "", lastTransitionTime: at(0) }],
    },
  });

describe("the event of a headlessness conflict", () => {
  spec("C8", "is a warning about the export, told when the conflict appears", () => {
    const event = typeConflictEvent(serviceExport(), [port, type]);
    assert.equal(event?.type, "Warning");
    assert.equal(event?.reason, "TypeConflict");
    assert.equal(event?.message, type.message);
    assert.equal(event?.involvedObject.name, "serve");
  });

  it("is not told again while the condition stands, alone or among others", () => {
    assert.equal(typeConflictEvent(told("TypeConflict"), [type]), undefined);
    assert.equal(typeConflictEvent(told("TypeConflict,PortConflict"), [type]), undefined);
    assert.notEqual(typeConflictEvent(told("PortConflict"), [type]), undefined);
  });

  it("is none for other conflicts", () => assert.equal(typeConflictEvent(serviceExport(), [port]), undefined));

  it("has one name for one text, so that it is stored once", () => {
    const names = [type, type, { ...type, message: "other" }].map(
      (c) => typeConflictEvent(serviceExport(), [c])?.metadata.name,
    );
    assert.equal(names[0], names[1]);
    assert.notEqual(names[0], names[2]);
  });
});
