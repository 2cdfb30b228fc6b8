/** One line of a watch, as servers of other versions may write it. */
import assert from "node:assert/strict";
import { readEvent } from "../../../../provider/kube/watch/watch-event";

const action = { member: "member1", server: "https://one.example", verb: "watch", object: "Services" };
const wanted = { type: { apiVersion: "v1", kind: "Service" }, ref: { namespaced: true } } as const;
const read = (json: unknown) => readEvent(action, { json, bytes: 1, values: 1 }, wanted);

describe("an event of a watch", () => {
  it("takes a bookmark by its number, whatever else stands in it", () => {
    const annotations = { "k8s.io/initial-events-end": "true" };
    const metadata = { resourceVersion: "712", creationTimestamp: null, annotations, later: { field: [1] } };
    assert.deepEqual(read({ type: "BOOKMARK", object: { kind: "Service", metadata, shards: {} }, more: 1 }), {
      type: "bookmark",
      resourceVersion: "712",
    });
  });
});
