// Secrets stay encrypted wherever they go, and the provider gets them in clear.
import assert from "node:assert/strict";
import { scenario } from "./on-both.js";

scenario("secrets in inputs, outputs, lists and the stack's outputs", "secrets", async (s) => {
  await s.stack.setConfig("password", "hunter2", true);
  const up = await s.up();
  assert.equal(up.ok, true);
  const given = up.calls.find(({ call, props }) => call === "create" && props?.label === "open")?.props;
  assert.deepEqual(given?.deep, { a: "hunter2", b: "plain" }, "in clear for the provider");

  const state = JSON.stringify(await s.stack.exportState());
  assert.ok(!state.includes("hunter2"), "not in the exported state");
  assert.ok(!state.includes("HUNTER2"), "nor what was made from it and named in additionalSecretOutputs");
  const open = await s.resource("open");
  assert.equal((open?.outputs?.deep as { b?: string }).b, "plain", "only the secret part of an object is sealed");
  assert.match(JSON.stringify(open?.outputs?.list), /ciphertext/, "a list with a secret is sealed whole");
  assert.deepEqual(await s.stack.outputs(), {
    shout: "HUNTER2",
    value: "hunter2",
    deep: { a: "hunter2", b: "plain" },
    plain: "NOTHING TO HIDE",
  });

  await s.play((stack) => stack.refresh());
  assert.ok(!s.disk().includes("hunter2"), "nor after a read, nor anywhere on the disk");

  await s.stack.setConfig("password", "correct", true);
  const changed = await s.up();
  assert.equal(changed.changes.update, 2);
  const secondTime = await s.up();
  assert.equal(secondTime.changes.update, 0);
});
