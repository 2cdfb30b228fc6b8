/** What may be the id of a cluster (KEP-2149). */
import assert from "node:assert/strict";
import { parseClusters } from "../../../provider/resources/inputs/cluster-configs";
import { spec } from "../../support/spec";

const parsed = (...ids: readonly string[]) =>
  parseClusters(JSON.stringify(Object.fromEntries(ids.map((id) => [id, { kubeconfigPath: "p" }]))));

describe("the id of a cluster", () => {
  spec(["A3", "A5", "A8"], "is its name in the clusterset: a DNS label of at most 63 characters", () => {
    const ids = ["0-eu", "a", "m".repeat(63)];
    assert.deepEqual(
      parsed(...ids).clusters.map((c) => c.id),
      ids,
    );
  });

  for (const id of ["", "A", "a.b", "-a", "a-", "a_b", "m".repeat(64), "m".repeat(128)]) {
    spec(["A3", "A8"], `is not ${JSON.stringify(id.length > 20 ? `${id.slice(0, 3)}… (${id.length})` : id)}`, () => {
      assert.deepEqual(
        parsed(id).failures.map((f) => f.property),
        [`clusters.${id}`],
      );
    });
  }

  spec(["A3", "A9"], "is the key of a map, so that no two members share one", () => {
    assert.equal(parseClusters('{"a":{"kubeconfigPath":"p"},"a":{"kubeconfigPath":"q"}}').clusters.length, 1);
  });
});
