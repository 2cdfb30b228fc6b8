import assert from "node:assert/strict";
import { byPrecedence } from "../../../../provider/mcs/merge/precedence";
import { constituent, frozen, service, serviceExport } from "../../../support/builders";
import { offerOf } from "../../../../provider/mcs/merge/offer";
import { spec } from "../../../support/spec";

const order = (list: Parameters<typeof byPrecedence>[0]) => byPrecedence(frozen([...list])).map((c) => c.cluster);

describe("precedence", () => {
  spec("F1", "the oldest export comes first, whatever the clusters are called", () => {
    assert.deepEqual(order([constituent("a", 30), constituent("b", 10), constituent("c", 20)]), ["b", "c", "a"]);
  });

  spec("F1", "exports of the same second are ordered by cluster id, alike in every cluster", () => {
    assert.deepEqual(order([constituent("b", 5), constituent("a", 5)]), ["a", "b"]);
  });

  it("an export that is only planned is the newest", () => {
    const planned = frozen({ cluster: "a", offer: offerOf(service(), serviceExport()) });
    assert.deepEqual(order([planned, constituent("b", 59)]), ["b", "a"]);
  });
});
