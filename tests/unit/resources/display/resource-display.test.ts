/** What was written is told only where it is other than what was announced. */
import assert from "node:assert/strict";
import type { Line } from "../../../../provider/resources/display/engine-log";
import { resourceDisplay } from "../../../../provider/resources/display/resource-display";
import type { Announcement } from "../../../../provider/reconcile/intent";

const of = (verb: Announcement["verb"], kind: string, name: string): Announcement => ({
  ...{ member: "member1", verb, kind, namespace: "default", name, fields: [] },
});

describe("the line of a resource that is replaced", () => {
  let lines: Line[];
  let display: ReturnType<typeof resourceDisplay>;

  beforeEach(() => {
    lines = [];
    display = resourceDisplay({ write: async (line) => void lines.push(line) }, "urn");
  });

  const deviations = () => lines.map(({ message }) => message).filter((message) => message.includes("announced was"));

  it("takes nothing for other than announced that went with the old one", async () => {
    await display.announce([of("remove", "Service", "far"), of("remove", "Service", "old")], "remove");
    await display.announce([
      of("replace", "Service", "far"),
      of("remove", "Service", "old"),
      of("create", "Service", "x"),
    ]);
    await display.done([of("remove", "Service", "far"), of("remove", "Service", "old")], "remove");
    await display.done([of("create", "Service", "far"), of("create", "Service", "x")]);
    assert.deepEqual(deviations(), []);
  });

  it("tells what was announced, stands still, and was left", async () => {
    await display.announce([of("remove", "Service", "old")], "remove");
    await display.announce([of("remove", "Service", "other"), of("create", "Service", "x")]);
    await display.done([of("remove", "Service", "old")], "remove");
    await display.done([of("create", "Service", "x")]);
    assert.equal(deviations().length, 1);
  });
});
