// What runs beside each other and what never does.
import assert from "node:assert/strict";
import { scenario } from "./on-both.js";

scenario("eight creates at once, checks and diffs one by one", "many", async (s) => {
  await s.config("count", "8");
  await s.config("together", "8");
  const up = await s.up();
  assert.equal(up.ok, true, up.error);
  assert.equal(up.changes.create, 9);
  const again = await s.up();
  const crowds = [...up.calls, ...again.calls].filter(({ call }) => call === "check" || call === "diff");
  assert.ok(crowds.length >= 32);
  assert.ok(
    crowds.every(({ crowd }) => crowd === 1),
    "check and diff never overlap",
  );
  assert.equal(new Set(again.calls.map(({ pid }) => pid)).size, 2, "one process a pass, however many resources");
});

scenario("one of eight fails while the others are under way", "many", async (s) => {
  await s.config("count", "8");
  await s.config("together", "8");
  await s.config("common", { fail: "create" });
  await s.config("fails", [3]);
  const up = await s.up();
  assert.equal(up.ok, false);
  assert.equal(s.things().length, 7, "what had begun is finished");
  assert.equal((await s.resources()).filter(({ type }) => type.endsWith(":Thing")).length, 7, "and recorded");
  await s.config("fails", []);
  await s.config("together", "1");
  const next = await s.up();
  assert.equal(next.changes.create, 1);
});
