/** `npm run demo`: the walk-through on real clusters. With KEEP=1 in the environment the clusters stay up; LANGUAGE=yaml, python or go has the plugin serve a program in that language. */
import { mkdtempSync, rmSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { elapsed } from "../parts/progress";
import { down } from "../controlplane/supervisor";
import type { DemoClusters } from "./clusters";
import { type Language, programs } from "../support/quickstart";
import { screenOn } from "./screen";
import { tell } from "./story";

const keepIn = process.env["KEEP"] === "1" ? path.join(__dirname, "../../.demo") : undefined;
const language = languageOf(process.env["LANGUAGE"]);
const began = Date.now();
const screen = screenOn(process.stdout);
const stateDir = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-demo-"));
const patienceMs = 10_000;
const stops: (() => Promise<void>)[] = [];

function languageOf(given = ""): Language {
  const known = Object.keys(programs) as Language[];
  const found = known.find((one) => one === (given || "typescript"));
  if (found) return found;
  console.error(`LANGUAGE=${given} is not shown here; these are: ${known.join(", ")}`);
  process.exit(2);
}

/** The last that was started first. Nothing may keep a person waiting who wants to leave: what hangs ends with this process. */
async function stopAll(): Promise<void> {
  for (const stop of stops.splice(0).reverse()) {
    await Promise.race([stop().catch(() => undefined), sleep(patienceMs, undefined, { ref: false })]);
  }
}

// Last of all: an engine that is cut short may save its state until then.
process.once("exit", () => rmSync(stateDir, { recursive: true, force: true, maxRetries: 5 }));

let failing = false;

async function failed(why: string, code: number): Promise<void> {
  // What is stopped in the middle of a step fails, and that is no news.
  if (failing) return;
  failing = true;
  screen.line();
  screen.line(why);
  screen.line("stopping what was started…");
  await stopAll();
  if (keepIn !== undefined) await down(keepIn);
  // An operation of the engine that is still under way must not hold us up.
  process.exit(code);
}

function howToReach({ member1, member2 }: DemoClusters): void {
  const [first, second] = [member1, member2].map(({ adminKubeconfigPath }) => path.relative("", adminKubeconfigPath));
  screen.line("The clusters stay up; serve runs in member1. To reach them:");
  screen.line(`  export KUBECONFIG=$PWD/${first}:$PWD/${second}`);
  screen.line("  kubectl --context member1 get pods");
  screen.line("To run the quickstart on them yourself: examples/quickstart/README.md.");
  screen.line("To stop them: npm run clusters -- down --dir .demo");
}

for (const [signal, number] of [
  ["SIGINT", 2],
  ["SIGTERM", 15],
] as const) {
  process.once(signal, () => void failed(`${signal}: the demo is cut short`, 128 + number));
}

tell({ screen, keepIn, language, stateDir, started: (stop) => stops.push(stop) })
  .then(async (clusters) => {
    await stopAll();
    screen.line();
    if (keepIn !== undefined) howToReach(clusters);
    screen.line(`The walk-through took ${elapsed(Date.now() - began)}.`);
  })
  .catch((error: unknown) => failed(error instanceof Error ? error.message : String(error), 1));
