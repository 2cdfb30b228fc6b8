// Defines a scenario as tests: on the test engine, on the real CLI, and that both came to the same.
import assert from "node:assert/strict";
import { findPulumi, openStack } from "../harness/index.js";
import { Scenario } from "./scenario.js";

const pulumi = findPulumi();

/** @param scene file name in fixtures/things/scenes  @param body plays operations and asserts; runs once an engine */
export function scenario(title: string, scene: string, body: (scenario: Scenario) => Promise<void>): void {
  describe(title, function () {
    // A pass starts two processes, and a busy machine is no failure.
    this.timeout(600_000);
    const records = new Map<string, unknown>();
    const on = (engine: "test" | "pulumi") => async () => {
      const played = await Scenario.begin((options) => openStack({ ...options, engine }), scene);
      try {
        await body(played);
        records.set(engine, played.record());
      } finally {
        played.end();
      }
    };
    it("holds on the test engine", on("test"));
    if (!pulumi) return void it.skip("holds on the real engine: no Pulumi CLI on PATH or in the cache");
    it(`holds on pulumi ${pulumi.version}`, on("pulumi"));
    it("is the same on both", function () {
      if (records.size < 2) return this.skip();
      assert.deepEqual(records.get("test"), records.get("pulumi"));
    });
  });
}
