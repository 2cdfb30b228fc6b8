/** `npm test`: runs the tiers one after the other and ends with the sums. `npm test -- --only unit --only cluster` runs some. */
import { Command } from "commander";
import { findControlPlane } from "./controlplane/find";
import { progressOn } from "./controlplane/progress";
import type { TestRecord, TierResult } from "./runner/results";
import { runTier } from "./runner/run-tier";
import { summaryOf } from "./runner/summary";
import { type Tier, tiers } from "./runner/tiers";

function chosenTiers(only: readonly string[]): readonly Tier[] {
  const unknown = only.filter((name) => !tiers.some((tier) => tier.name === name));
  if (unknown.length > 0) {
    throw new Error(`no tier ${unknown.join(", ")}; there are ${tiers.map((tier) => tier.name).join(", ")}`);
  }
  return only.length === 0 ? tiers : tiers.filter((tier) => only.includes(tier.name));
}

/** Before the tier's first hook, where a build of minutes would run into a time limit. */
async function prepare(tier: Tier): Promise<TestRecord | undefined> {
  if (tier.kind !== "mocha" || !tier.controlPlane) return undefined;
  try {
    await findControlPlane({ progress: progressOn(process.stdout) });
    return undefined;
  } catch (error) {
    return { state: "failed", title: tier.name, why: error instanceof Error ? error.message : String(error) };
  }
}

async function main(only: readonly string[]): Promise<void> {
  const chosen = chosenTiers(only);
  const results: TierResult[] = [];
  for (const tier of chosen) {
    console.log(`\n=== ${tier.name}: ${tier.what}`);
    const began = Date.now();
    const obstacle = await prepare(tier);
    const tests = obstacle === undefined ? await runTier(tier) : [obstacle];
    results.push({ name: tier.name, tests, ms: Date.now() - began });
  }
  console.log(`\n${summaryOf(results)}`);
  const passed = results.every(({ tests }) => tests.every((test) => test.state !== "failed"));
  // Set, not called: whatever is still in the pipe to our reader must arrive.
  process.exitCode = passed ? 0 : 1;
}

new Command("npm test --")
  .description("Runs the tests.")
  .option("--only <tier>", `one of ${tiers.map((tier) => tier.name).join(", ")}; may be repeated`, collect, [])
  .action(({ only }: { only: string[] }) => main(only))
  .parseAsync()
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
