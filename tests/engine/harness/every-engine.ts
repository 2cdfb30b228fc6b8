// One suite for every engine there is: the test engine always, the real CLI where one is found.
import { openStack } from "./open-stack.js";
import type { OpenStackOptions } from "./open-stack.js";
import { findPulumi } from "./find-pulumi.js";
import type { StackDriver } from "./stack-driver.js";

export type Open = (options: Omit<OpenStackOptions, "engine">) => Promise<StackDriver>;

type Suite = (open: Open, kind: StackDriver["kind"]) => void;

/** Everything is tried on every engine: `npm run reliability`. Otherwise a selection, in the time that a change may take to be tested. */
export const full = process.env["MCS_RELIABILITY"] === "full";

/**
 * Defines the suite once an engine. Where there is no CLI its suite is one pending test that says so. Tests get 600 s
 * each: a pass starts two processes, and a busy machine is no failure.
 */
export function onEveryEngine(title: string, suite: Suite): void {
  define(title, suite, undefined);
}

/** As `onEveryEngine`, for a long suite: it plays on the CLI in `npm run reliability` only, where shorter ones go the same ways otherwise. */
export function onEveryEngineInFull(title: string, suite: Suite): void {
  define(title, suite, full ? undefined : "plays on the Pulumi CLI in `npm run reliability` only, for its length");
}

/** @param notOnCli why it does not play there */
function define(title: string, suite: Suite, notOnCli: string | undefined): void {
  describe(`${title} (test engine)`, function () {
    this.timeout(600_000);
    suite((options) => openStack({ ...options, engine: "test" }), "test engine");
  });

  const pulumi = findPulumi();
  describe(`${title} (pulumi ${pulumi?.version ?? "CLI"})`, function () {
    this.timeout(600_000);
    if (!pulumi) it.skip("needs a Pulumi CLI: none on PATH or in the cache");
    else if (notOnCli !== undefined) it.skip(notOnCli);
    else suite((options) => openStack({ ...options, engine: "pulumi" }), "pulumi");
  });
}
