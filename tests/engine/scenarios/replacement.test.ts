// Replacement: its order, its dependents, and the ways to ask for it.
import assert from "node:assert/strict";
import { scenario } from "./on-both.js";
import type { Played } from "./scenario.js";

const writes = (played: Played) =>
  played.calls
    .filter(({ call }) => ["create", "update", "delete"].includes(call))
    .map(({ call, id, props }) => `${call} ${id ?? String(props?.label)}`);

scenario("create before delete", "pair", async (s) => {
  await s.config("first", { size: 1 });
  await s.up();
  await s.config("first", { size: 2 });
  const replaced = await s.up();
  assert.equal(replaced.changes.replace, 1);
  assert.deepEqual(writes(replaced), ["create first", "delete first-0"]);
  assert.deepEqual(
    replaced.calls.filter(({ call }) => call === "check").at(-2)?.olds,
    {},
    "the replacement is checked as new",
  );
  assert.equal((await s.resource("first"))?.id, "first-1");

  await s.config("first", { size: 3, fail: "delete" });
  await s.up();
  await s.config("first", { size: 4 });
  const stuck = await s.up();
  assert.equal(stuck.ok, false, "the old one could not be deleted");
  assert.equal((await s.resources()).filter(({ urn }) => urn.endsWith("::first")).length, 2, "both are in state");
  const retried = await s.up();
  assert.equal(retried.ok, false, "and the next up tries again");
});

scenario("delete before replace, with a dependent that must go too", "pair", async (s) => {
  await s.config("linked", "true");
  await s.config("first", { size: 1, dbr: true });
  await s.up();
  await s.config("first", { size: 2, dbr: true });
  const replaced = await s.up();
  assert.deepEqual(
    writes(replaced),
    ["delete second-0", "delete first-0", "create first", "create second"],
    "as diff asked; the dependent goes first and comes last",
  );

  await s.config("opts", { deleteBeforeReplace: true });
  await s.config("first", { size: 3, fail: "create" });
  const halfway = await s.up();
  assert.equal(halfway.ok, false);
  assert.deepEqual(s.things(), [], "deleted, and the replacement failed");
  await s.config("first", { size: 3 });
  const finished = await s.up();
  assert.equal(finished.ok, true);
  assert.deepEqual(
    writes(finished),
    ["delete second-1", "create first", "create second"],
    "made the next time; the dependent, though deleted already, is deleted once more: a provider must bear that",
  );
});

scenario("a replacement that is asked for by name", "pair", async (s) => {
  await s.up();
  const urn = (await s.resource("first"))?.urn ?? "";
  const replaced = await s.play((stack) => stack.up({ targetReplace: [urn] }));
  assert.equal(replaced.ok, true);
  assert.deepEqual(writes(replaced), ["create first", "delete first-0"]);
  assert.ok(!replaced.calls.some(({ call }) => call === "diff"), "without asking diff");
  assert.ok(!replaced.calls.some(({ news }) => news?.label === "second"), "and nothing else is looked at");

  await s.config("first", { value: "changed" });
  const second = (await s.resource("second"))?.urn ?? "";
  const preview = await s.play((stack) => stack.preview({ target: [second] }));
  assert.ok(!preview.calls.some(({ news }) => news?.label === "first"), "an untargeted resource is not looked at");
});
