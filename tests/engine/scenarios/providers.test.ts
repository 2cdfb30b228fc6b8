// Provider instances: configured by the program, one process each, and never a reason to replace a resource.
import assert from "node:assert/strict";
import { scenario } from "./on-both.js";

scenario("an explicit provider instance and its rotation", "instance", async (s) => {
  await s.stack.setConfig("token", "s3cret", true);
  const up = await s.up();
  assert.equal(up.ok, true);
  assert.ok(
    up.calls.filter(({ call }) => call === "create").every(({ token }) => token === "s3cret"),
    "configured with it, in clear",
  );
  const fleet = await s.resource("fleet");
  assert.equal((await s.resource("plain"))?.provider, `${fleet?.urn}::<uuid>`);
  assert.equal((await s.resource("group-member"))?.provider, `${fleet?.urn}::<uuid>`, "a component hands it on");
  assert.ok(!s.disk().includes("s3cret"), "stored encrypted");
  assert.ok(!(await s.resources()).some(({ urn }) => urn.endsWith("::default")), "no default provider is made");

  await s.stack.setConfig("token", "n3w", true);
  const rotated = await s.up();
  assert.deepEqual(
    rotated.steps.filter(({ op }) => op !== "same").map(({ op, name }) => [op, name]),
    [["update", "fleet"]],
    "only the provider changes",
  );
  assert.ok(rotated.calls.every(({ token, call }) => call !== "configure" || token === "n3w"));

  await s.stack.setConfig("token", "stale", true);
  const read = await s.play((stack) => stack.refresh());
  assert.ok(
    read.calls.every(({ token, call }) => call !== "configure" || token === "n3w"),
    "a refresh has the saved one",
  );

  await s.config("gone", "true");
  const gone = await s.up();
  assert.equal(gone.changes.delete, 3);
  const end = await s.play((stack) => stack.destroy());
  assert.equal(end.ok, true);
  assert.deepEqual(await s.resources(), []);
});

scenario("a provider whose configuration is not known in the preview", "instance", async (s) => {
  await s.config("late", "true");
  await s.config("late-value", "abc");
  const first = await s.up();
  assert.equal(first.ok, true);
  assert.equal(first.calls.filter(({ call }) => call === "create").length, 3);
  assert.equal(first.calls.find(({ call, props }) => call === "create" && props?.label === "plain")?.token, "ABC");

  await s.config("late-value", "def");
  const preview = await s.play((stack) => stack.preview());
  assert.ok(
    preview.logs.some(
      ({ severity, message }) => severity === "warning" && /has inputs that are not known during preview/.test(message),
    ),
    "the preview says that it cannot ask",
  );
  assert.equal((await s.up()).ok, true);
});
