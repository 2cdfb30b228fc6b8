/** Facts of Pulumi's engine that the provider is built on: where a newer engine has others, this suite tells which. */
import assert from "node:assert/strict";
import { patienceMs } from "./harness/index";
import { type Played, ThingsStack } from "./things-stack";

/** What stands in place of a value that a preview cannot know. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const named = (played: Played) =>
  played.calls.map(({ call, id, news, props }) => `${call} ${id ?? String(news?.label ?? props?.label ?? "")}`.trim());
const writes = (played: Played) => named(played).filter((call) => /^(create|update|delete) /.test(call));
const processes = (played: Played) => new Set(played.calls.map(({ pid }) => pid)).size;

describe("facts of the engine", function () {
  this.timeout(patienceMs);

  fact("a preview checks and makes nothing; an update has a process of its own", "chain", async (s) => {
    const preview = await s.play((stack) => stack.preview());
    assert.deepEqual(named(preview), ["configure", "check first", "check inner", "check last"]);
    assert.equal(preview.calls[2]?.news?.value, unknown, "what another resource will tell is not known yet");
    assert.deepEqual([s.things(), await s.resources()], [[], []]);

    const first = await s.play((stack) => stack.up({ skipPreview: false }));
    assert.equal(processes(first), 2, "one for the preview, one for the update");
    assert.deepEqual(writes(first), ["create first", "create inner", "create last"]);

    const second = await s.up();
    assert.ok(
      second.calls.every(({ call }) => ["configure", "check", "diff"].includes(call)),
      "what is there is checked and compared, changed or not",
    );

    const end = await s.play((stack) => stack.destroy());
    assert.deepEqual(writes(end), ["delete last-0", "delete inner-0", "delete first-0"], "dependents first");
  });

  fact("checks and comparisons come one by one, creations at once, all in one process", "many", async (s) => {
    await s.config("count", "8");
    await s.config("together", "8");
    await s.config("common", { fail: "create" });
    await s.config("fails", [3]);
    const up = await s.up();
    assert.equal(up.ok, false);
    assert.equal(s.things().length, 7, "what has begun is finished where another one fails");
    const recorded = (await s.resources()).filter(({ type }) => type.endsWith(":Thing"));
    assert.equal(recorded.length, 7, "and recorded");

    await s.config("fails", []);
    await s.config("together", "1");
    const next = await s.up();
    assert.equal(next.changes.create, 1);
    const one = [...up.calls, ...next.calls].filter(({ call }) => call === "check" || call === "diff");
    assert.ok(one.length >= 16 && one.every(({ crowd }) => crowd === 1));
    assert.equal(processes(up), 1);
  });

  fact("a partial failure is recorded with its reasons, and the next up calls update", "one", async (s) => {
    await s.config("props", { halfway: "create" });
    const created = await s.up();
    assert.match(created.error ?? "", /one is not ready\n\t\* no endpoints/);
    assert.deepEqual((await s.resource("one"))?.initErrors, ["one is not ready", "no endpoints"]);

    await s.config("props", { halfway: "update", value: "x" });
    assert.equal((await s.up()).ok, false);
    const half = await s.resource("one");
    assert.equal(half?.inputs?.value, undefined, "the inputs of before: else the next diff would see no difference");
    assert.equal(half?.outputs?.value, "x");

    // What `diff` answers to is the same as before.
    await s.config("props", { halfway: "update", value: "x", keysOnly: true });
    assert.ok(writes(await s.up()).includes("update one-0"));
    await s.config("props", { value: "x" });
    assert.equal((await s.up()).ok, true);
    assert.equal((await s.resource("one"))?.initErrors, undefined);
  });

  fact("what check refuses is told all together, by property, before anything is made", "pair", async (s) => {
    await s.config("second", { value: "wrong" });
    const up = await s.play((stack) => stack.up({ skipPreview: false }));
    assert.equal(up.ok, false);
    assert.match(up.error ?? "", /'second': property value value \{wrong\} has a problem: must not be wrong/);
    assert.match(up.error ?? "", /'second' has a problem: all of it is bad/);
    assert.deepEqual(s.things(), []);
  });

  fact("what a provider tells the engine's log stands on the resource's line", "one", async (s) => {
    await s.config("props", { log: true });
    const said = (await s.up()).logs.filter(({ urn }) => urn?.endsWith("::one"));
    assert.deepEqual(said.map(({ severity, message, ephemeral }) => [severity, message, ephemeral]).sort(), [
      ["info", "create: done", false],
      ["info", "create: working", true],
      ["warning", "create: look out", false],
    ]);
  });

  fact("what is read becomes the state, inputs too; a preview of it saves nothing", "pair", async (s) => {
    await s.config("first", { value: "wanted" });
    await s.up();
    s.put("first-0", { value: "changed by hand", mirror: true });
    const before = await s.resources();
    for (const look of [
      await s.play((stack) => stack.refresh({ previewOnly: true })),
      await s.play((stack) => stack.preview({ refresh: true })),
    ]) {
      assert.ok(named(look).includes("read first-0"), "also in a preview");
      assert.deepEqual(await s.resources(), before);
    }

    const twice = await s.play((stack) => stack.refresh({ skipPreview: false }));
    assert.equal(twice.calls.filter(({ call }) => call === "read").length, 4, "once in each of both passes");
    const first = await s.resource("first");
    assert.deepEqual([first?.inputs?.value, first?.outputs?.value], ["changed by hand", "changed by hand"]);
  });

  fact("a read that fails is no absence, and ends `up --refresh` before the program", "pair", async (s) => {
    await s.config("second", { fail: "read" });
    await s.up();
    s.put("first-0", { value: "drifted" });
    const failed = await s.play((stack) => stack.refresh());
    assert.match(failed.error ?? "", /read of second failed as asked/);
    assert.ok(await s.resource("second"));
    assert.equal((await s.resource("first"))?.outputs?.value, "drifted", "the others are read and saved");
    const through = await s.play((stack) => stack.up({ refresh: true }));
    assert.ok(!through.ok && !through.calls.some(({ call }) => call === "check"));
  });

  fact("an explicit provider instance is inherited, and its rotation changes nothing else", "instance", async (s) => {
    await s.stack.setConfig("token", "s3cret-of-before", true);
    const up = await s.up();
    assert.deepEqual(
      up.calls.filter(({ call }) => call === "create").map(({ token }) => token),
      ["s3cret-of-before", "s3cret-of-before"],
    );
    const fleet = await s.resource("fleet");
    assert.ok((await s.resource("group-member"))?.provider?.startsWith(`${fleet?.urn}::`), "by a component's child");

    await s.stack.setConfig("token", "n3w-secret", true);
    const rotated = await s.up();
    const changed = rotated.steps.filter(({ op }) => op !== "same").map(({ op, name }) => `${op} ${name}`);
    assert.deepEqual(changed, ["update fleet"]);

    await s.stack.setConfig("token", "not-yet-used", true);
    const read = await s.play((stack) => stack.refresh());
    const configured = read.calls.filter(({ call }) => call === "configure").map(({ token }) => token);
    assert.deepEqual([...new Set(configured)], ["n3w-secret"], "a refresh has what the last up stored");
  });

  fact("an instance whose configuration is not known in a preview is not asked there", "instance", async (s) => {
    await s.config("late", "true");
    await s.config("late-value", "abc");
    const first = await s.play((stack) => stack.up({ skipPreview: false }));
    assert.equal(first.calls.find(({ call, props }) => call === "create" && props?.label === "plain")?.token, "ABC");
    await s.config("late-value", "def");
    const preview = await s.play((stack) => stack.preview());
    assert.ok(!preview.calls.some(({ news }) => news?.label === "plain"));
    assert.ok(preview.logs.some(({ message }) => /has inputs that are not known during preview/.test(message)));
  });

  fact("deleteBeforeReplace deletes dependents first; after a failure the next up makes both", "pair", async (s) => {
    await s.config("linked", "true");
    await s.config("first", { size: 1, dbr: true });
    await s.up();
    await s.config("first", { size: 2, dbr: true, fail: "create" });
    const halfway = await s.up();
    assert.equal(halfway.ok, false);
    assert.deepEqual(writes(halfway), ["delete second-0", "delete first-0", "create first"]);
    await s.config("first", { size: 2, dbr: true });
    // Some engines delete the dependent once more before: a provider must bear that.
    const made = writes(await s.up()).filter((call) => call.startsWith("create"));
    assert.deepEqual(made, ["create first", "create second"]);
  });

  fact("--target-replace asks no diff, and creates before it deletes", "pair", async (s) => {
    await s.up();
    const urn = (await s.resource("first"))?.urn ?? "";
    const replaced = await s.play((stack) => stack.up({ targetReplace: [urn] }));
    assert.deepEqual(writes(replaced), ["create first", "delete first-0"]);
    assert.ok(!replaced.calls.some(({ call }) => call === "diff"));
  });

  fact("a resource with an id is read, in a preview too, and never checked, made or deleted", "got", async (s) => {
    s.put("there-0", { value: "of somebody else" });
    await s.config("id", "there-0");
    const preview = await s.play((stack) => stack.preview());
    const up = await s.up();
    for (const pass of [preview, up]) assert.deepEqual(named(pass), ["configure", "read there-0"]);
    await s.play((stack) => stack.destroy());
    assert.deepEqual(s.things(), ["there-0"]);
  });
});

/** @param scene file name in fixtures/things/scenes */
function fact(title: string, scene: string, body: (s: ThingsStack) => Promise<void>): void {
  it(title, async () => {
    const stack = await ThingsStack.open(scene);
    try {
      await body(stack);
    } finally {
      stack.close();
    }
  });
}
