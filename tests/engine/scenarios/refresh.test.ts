// Refresh: what is read becomes the state, and a preview of it saves nothing.
import assert from "node:assert/strict";
import { scenario } from "./on-both.js";

scenario("drift in outputs, in inputs, and a thing that is gone", "pair", async (s) => {
  await s.config("first", { value: "wanted" });
  await s.up();
  s.drift("first-0", { value: "changed by hand", mirror: true });
  const before = await s.resources();

  const looked = await s.play((stack) => stack.refresh({ previewOnly: true }));
  assert.equal(looked.changes.update, 1);
  assert.equal(looked.steps.find(({ name }) => name === "first")?.op, "update");
  assert.deepEqual(await s.resources(), before, "a look saves nothing");

  const previewed = await s.play((stack) => stack.preview({ refresh: true }));
  assert.equal(previewed.changes.update, 2, "it would be put back, and what is made from it may change");
  assert.deepEqual(await s.resources(), before);

  const refreshed = await s.play((stack) => stack.refresh());
  assert.equal(refreshed.changes.update, 1);
  const first = await s.resource("first");
  assert.equal(first?.outputs?.value, "changed by hand");
  assert.equal(first?.inputs?.value, "changed by hand", "read may bring inputs too");

  const back = await s.up();
  assert.equal(back.changes.update, 1);
  assert.equal((await s.resource("first"))?.outputs?.value, "wanted");

  s.drift("second-0", { gone: true });
  const recreated = await s.play((stack) => stack.up({ refresh: true }));
  assert.equal(recreated.changes.create, 1);
  assert.deepEqual(s.things(), ["first-0", "second-1"]);
});

scenario("a read that fails does not spoil the others", "pair", async (s) => {
  await s.config("second", { fail: "read" });
  await s.up();
  s.drift("first-0", { value: "drifted" });
  const failed = await s.play((stack) => stack.refresh());
  assert.equal(failed.ok, false);
  assert.match(failed.error ?? "", /read of second failed as asked/);
  assert.ok(await s.resource("second"), "an error is not an absence");
  const through = await s.play((stack) => stack.up({ refresh: true }));
  assert.equal(through.ok, false, "nor does up --refresh go on");
});

scenario("a diff that is left to the engine", "one", async (s) => {
  await s.config("props", { undecided: true, value: "a" });
  await s.up();
  assert.equal((await s.up()).changes.same, 2);
  await s.config("props", { undecided: true, value: "b" });
  assert.equal((await s.up()).changes.update, 1);
});
