/** `npm run conformance`: runs every test that proves a behaviour, and writes docs/conformance.md where all of them passed. */
import { writeFileSync } from "node:fs";
import * as path from "node:path";
import { conformance } from "./document";
import { proofs } from "./proofs";

const page = path.join(__dirname, "../../docs/conformance.md");

async function main(): Promise<void> {
  const found = await proofs("run");
  const unproven = found.filter((p) => p.state !== "passed");
  for (const { file, suite, title, state } of unproven) console.error(`${state}: ${file}: ${suite}: ${title}`);
  if (unproven.length > 0)
    throw new Error("docs/conformance.md is left as it is: it tells only of tests that passed, all in one run");
  const { text, open, stray } = conformance(found);
  if (stray.length > 0)
    throw new Error(`tests carry ids that tests/conformance/behaviours.ts does not know: ${stray.join(", ")}`);
  writeFileSync(page, text);
  console.log(`${page}: ${found.length} tests`);
  if (open.length > 0) throw new Error(`not proven: ${open.join(", ")}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
