// The life of a few resources from the first preview to the end of the stack.
import assert from "node:assert/strict";
import { scenario } from "./on-both.js";
import type { Played } from "./scenario.js";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const ops = (played: Played) => played.steps.map((step) => `${step.op} ${step.name}`);
const calls = (played: Played) =>
  played.calls.map(({ call, id, news, props }) => `${call} ${id ?? news?.label ?? props?.label ?? ""}`.trim());
const processes = (played: Played) => new Set(played.calls.map((call) => call.pid)).size;

scenario("a chain of resources", "chain", async (s) => {
  const preview = await s.play((stack) => stack.preview());
  assert.equal(preview.ok, true);
  assert.deepEqual(calls(preview), ["configure", "check first", "check inner", "check last"]);
  assert.equal(preview.calls[2]?.news?.value, unknown, "what another resource will tell is not known in a preview");
  assert.deepEqual(s.things(), [], "a preview makes nothing");
  assert.deepEqual(await s.resources(), [], "and saves nothing");

  const first = await s.up();
  assert.equal(first.changes.create, 5);
  assert.equal(processes(first), 2, "preview and update each have a provider process of their own");
  assert.deepEqual(
    ops(first).filter((op) => op.startsWith("create")),
    ["create things-dev", "create first", "create box", "create box-inner", "create last"],
  );
  assert.deepEqual(await s.stack.outputs(), { shout: "MADE INNER AND FIRST-0", firstId: "first-0" });
  assert.deepEqual((await s.resource("box"))?.outputs, { shout: "A" }, "a component has what it registered");

  const second = await s.up();
  assert.equal(second.changes.same, 5);
  assert.ok(
    second.calls.every(({ call }) => ["configure", "check", "diff"].includes(call)),
    "nothing is written",
  );

  await s.config("value", "b");
  const third = await s.up();
  assert.deepEqual(
    third.calls.filter(({ call }) => call === "update").map(({ id }) => id),
    ["first-0", "inner-0"],
  );
  assert.equal((await s.resource("last"))?.outputs?.value, "made inner and first-0");

  const end = await s.play((stack) => stack.destroy());
  assert.deepEqual(
    calls(end).filter((call) => call !== "configure"),
    ["delete last-0", "delete inner-0", "delete first-0"],
    "dependents first",
  );
  assert.deepEqual(s.things(), []);
  assert.deepEqual(await s.resources(), []);
});

scenario("resources that leave, move and stay", "pair", async (s) => {
  await s.up();
  await s.config("without", "second");
  const left = await s.up();
  assert.equal(left.changes.delete, 1);
  assert.deepEqual(s.things(), ["first-0"]);

  await s.config("name", "renamed");
  await s.config("opts", { aliases: [{ name: "first" }] });
  const renamed = await s.up();
  assert.equal(renamed.changes.same, 2, "an alias keeps the object");
  assert.deepEqual((await s.resource("renamed"))?.id, "first-0");

  await s.config("opts", { ignoreChanges: ["value"] });
  await s.config("first", { value: "ignored" });
  assert.equal((await s.up()).changes.same, 2);

  await s.config("opts", { protect: true });
  await s.up();
  const refused = await s.play((stack) => stack.destroy());
  assert.equal(refused.ok, false);
  assert.match(refused.error ?? "", /cannot be deleted\nbecause it is protected/);

  await s.config("opts", { retainOnDelete: true, hideDiffs: ["value"] });
  await s.up();
  await s.play((stack) => stack.destroy());
  assert.deepEqual(s.things(), ["first-0"], "kept on purpose");
  assert.deepEqual(await s.resources(), []);
});

scenario("a stack that reads another one, and a resource that is only read", "reference", async (s) => {
  const other = await s.beside("other", "secrets");
  await other.setConfig("password", "hunter2", true);
  assert.equal((await other.up()).ok, true);
  await s.config("other", "organization/things/other");
  assert.equal((await s.up()).ok, true);
  assert.deepEqual(await s.stack.outputs(), { seen: "HUNTER2", secret: "hunter2" });
  assert.ok(!s.disk().includes("hunter2"), "a secret of another stack stays one");

  await s.config("scene", "got");
  await s.config("id", "open-0");
  const got = await s.up();
  assert.deepEqual(await s.stack.outputs(), { shout: "NOTHING TO HIDE" });
  assert.ok(!got.calls.some(({ call }) => ["create", "check", "diff"].includes(call)));
  await s.play((stack) => stack.destroy());
  assert.ok(s.things().includes("open-0"), "what is only read is not deleted");
});
