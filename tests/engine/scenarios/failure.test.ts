// What goes wrong, and what stays.
import assert from "node:assert/strict";
import { scenario } from "./on-both.js";

scenario("a create that fails", "pair", async (s) => {
  await s.config("second", { fail: "create" });
  const failed = await s.up();
  assert.equal(failed.ok, false);
  assert.match(failed.error ?? "", /create of second failed as asked/);
  assert.match(failed.logs.find((log) => log.severity === "error")?.urn ?? "", /::second$/, "on its resource's line");
  assert.deepEqual(s.things(), ["first-0"], "what came before stays");

  await s.config("second", {});
  const next = await s.up();
  assert.equal(next.changes.create, 1);
});

scenario("partial failures of create and update", "one", async (s) => {
  await s.config("props", { halfway: "create" });
  const created = await s.up();
  assert.equal(created.ok, false);
  assert.match(created.error ?? "", /one is not ready\n\t\* no endpoints/);
  assert.deepEqual((await s.resource("one"))?.initErrors, ["one is not ready", "no endpoints"]);
  assert.equal((await s.resource("one"))?.id, "one-0", "it is there");

  await s.config("props", { halfway: "update", value: "x" });
  const updated = await s.up();
  assert.equal(updated.ok, false);
  const half = await s.resource("one");
  assert.equal(half?.inputs?.value, undefined, "the inputs of before: else the next diff would see no difference");
  assert.equal(half?.outputs?.value, "x");

  await s.config("props", { value: "x" });
  await s.up();
  assert.equal((await s.resource("one"))?.initErrors, undefined);

  await s.config("props", { value: "x", halfway: "update" });
  await s.up();
  await s.config("props", { value: "x", halfway: "update", keysOnly: true });
  const again = await s.up();
  assert.ok(
    again.calls.some(({ call }) => call === "update"),
    "while there are reasons, up calls update",
  );
});

scenario("inputs that check refuses", "pair", async (s) => {
  await s.config("second", { value: "wrong" });
  const preview = await s.play((stack) => stack.preview());
  assert.equal(preview.ok, false);
  assert.match(preview.error ?? "", /'second': property value value \{wrong\} has a problem: must not be wrong/);
  assert.match(preview.error ?? "", /'second' has a problem: all of it is bad/);
  const up = await s.up();
  assert.equal(up.ok, false);
  assert.deepEqual(s.things(), [], "the preview stopped it before anything was made");
});

scenario("errors in the program, in check, diff, update and delete", "one", async (s) => {
  await s.config("throw", "true");
  const thrown = await s.up();
  assert.equal(thrown.ok, false);
  assert.match(thrown.error ?? "", /the program broke off/);
  await s.config("throw", "false");
  assert.equal((await s.up()).ok, true);

  for (const method of ["check", "diff", "update"]) {
    await s.config("props", { fail: method });
    const failed = await s.up();
    assert.equal(failed.ok, false, method);
    assert.match(failed.error ?? "", new RegExp(`${method} of one failed as asked`));
  }
  await s.config("props", { value: "v" });
  await s.up();
  await s.config("props", { value: "v", fail: "delete" });
  await s.up();
  const kept = await s.play((stack) => stack.destroy());
  assert.equal(kept.ok, false);
  assert.equal((await s.resource("one"))?.id, "one-0", "what could not be deleted stays in state");
});

scenario("a deletion that fails keeps what it needs", "pair", async (s) => {
  await s.config("second", { fail: "delete" });
  await s.up();
  const failed = await s.play((stack) => stack.destroy());
  assert.equal(failed.ok, false);
  assert.deepEqual(s.things(), ["first-0", "second-0"]);
});

scenario("what a provider and a program say", "one", async (s) => {
  await s.config("props", { log: true });
  await s.config("talk", "true");
  const said = await s.up();
  const about = said.logs.filter((log) => log.urn?.endsWith("::one"));
  assert.deepEqual(
    about.map(({ severity, message, ephemeral }) => [severity, message, ephemeral]).sort(),
    [
      ["info", "about one", false],
      ["info", "create: done", false],
      ["info", "create: working", true],
      ["warning", "create: look out", false],
    ],
    "each on the resource's own line",
  );
  const rest = said.logs.filter((log) => !log.urn).map((log) => log.message);
  for (const line of ["said on stdout", "said on stderr", "a warning of the program"])
    assert.ok(rest.includes(line), line);
});
