import assert from "node:assert/strict";
import type { KubeObject } from "../../../../provider/mcs/api";
import { withExported } from "../../../../provider/mcs/merge/exported-metadata";
import { ANNOTATION } from "../../../../provider/mcs/marks";
import { frozen } from "../../../support/builders";
import { spec } from "../../../support/spec";

const none = { hash: "0", value: {} };
const own = frozen({ labels: { mine: "1" }, annotations: { note: "mine" } });
const map = (value: Record<string, string>) => ({ hash: JSON.stringify(value), value });
const object = (labels: Record<string, string>, annotations: Record<string, string> = {}): KubeObject =>
  frozen({ metadata: { name: "serve", labels, annotations } });

describe("exported labels and annotations on our objects", () => {
  spec("B6", "a new object carries the exported ones and ours", () => {
    const { labels, annotations } = withExported(
      undefined,
      { labels: map({ app: "web" }), annotations: map({ doc: "x" }) },
      own,
    );
    assert.deepEqual(labels, { app: "web", mine: "1" });
    assert.deepEqual(annotations, {
      doc: "x",
      note: "mine",
      [ANNOTATION.exportedKeys]: '{"annotations":["doc"],"labels":["app"]}',
    });
  });

  it("ours win over exported ones", () => {
    assert.equal(
      withExported(undefined, { labels: map({ mine: "theirs" }), annotations: none }, own).labels?.["mine"],
      "1",
    );
  });

  it("what others put there stays", () => {
    const live = object({ team: "a" }, { theirs: "y" });
    const { labels, annotations } = withExported(live, { labels: none, annotations: none }, own);
    assert.deepEqual(labels, { team: "a", mine: "1" });
    assert.deepEqual(annotations, { theirs: "y", note: "mine" });
  });

  spec("F13", "what is no longer exported is taken off, what others put there is not", () => {
    const first = withExported(
      object({ team: "a" }),
      { labels: map({ app: "web", tier: "1" }), annotations: none },
      own,
    );
    const live: KubeObject = frozen({ metadata: { name: "serve", ...first } });
    const { labels, annotations } = withExported(live, { labels: map({ app: "web" }), annotations: none }, own);
    assert.deepEqual(labels, { team: "a", app: "web", mine: "1" });
    assert.equal(annotations?.[ANNOTATION.exportedKeys], '{"annotations":[],"labels":["app"]}');
    const last = withExported(
      frozen({ metadata: { name: "serve", labels, annotations } }),
      { labels: none, annotations: none },
      own,
    );
    assert.deepEqual(last, { labels: { team: "a", mine: "1" }, annotations: { note: "mine" } });
  });

  it("values of a winner that is only remembered are those on the object", () => {
    const live: KubeObject = frozen({
      metadata: {
        name: "serve",
        ...withExported(object({ team: "a" }), { labels: map({ app: "web" }), annotations: none }, own),
      },
    });
    const kept = withExported(live, { labels: { hash: "h" }, annotations: { hash: "h" } }, own);
    assert.deepEqual(kept, { labels: live.metadata.labels, annotations: live.metadata.annotations });
  });

  it("a note of keys that somebody edited into nonsense takes nothing off", () => {
    for (const nonsense of ["{", "null", "7", '{"labels":7}']) {
      const live = object({ team: "a" }, { [ANNOTATION.exportedKeys]: nonsense });
      assert.equal(withExported(live, { labels: none, annotations: none }, own).labels?.["team"], "a", nonsense);
    }
  });
});
