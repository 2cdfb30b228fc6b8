/** Builds the multi-call binary of main.go. Needs Go and, the first time, the module proxy. */
import { spawn } from "node:child_process";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { inPath, multiCall } from "./binaries";
import type { Source } from "./find";
import { reporting } from "./progress";
import { versions } from "./versions";
import { startWatchdog } from "./watchdog";

const keptLines = 15;

export const buildWithGo: Source = {
  what: "build it with Go",
  async fill(folder, progress, env) {
    const go = inPath("go", env["PATH"] ?? "");
    if (go === undefined) throw new Error("there is no `go` on PATH");
    const text = "building the control plane with Go (about 5 minutes, once)…";
    await reporting(progress, text, async (detail) => {
      detail("fetching modules");
      let total = 0;
      let compiled = 0;
      await run([go, "list", "-deps", "."], env, { stdout: () => (total += 1) });
      detail("compiling");
      await run([go, ...buildArguments(path.join(folder, multiCall))], env, {
        // `-v` prints one import path a compiled package.
        package: () => detail(`${(compiled += 1)} of ${total} packages`),
      });
    });
  },
};

function buildArguments(output: string): string[] {
  const [, major = "", minor = ""] = /^v(\d+)\.(\d+)/.exec(versions().kubernetes) ?? [];
  // Without these the API server calls itself v0.0.0, and a version check has nothing to check.
  const stamp = Object.entries({ gitVersion: versions().kubernetes, gitMajor: major, gitMinor: minor });
  const flags = stamp.map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ["build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", `-s -w ${flags.join(" ")}`, "-o", output, "."];
}

/** Runs Go in the module's folder. What it says besides import paths is kept for the failure. */
async function run(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  on: { stdout?: () => void; package?: () => void },
): Promise<void> {
  const [program = "", ...args] = command;
  const watchdog = startWatchdog();
  const child = spawn(program, args, {
    cwd: __dirname,
    // A `go.work` above the checkout, flags of the user's or a missing C compiler are no business of this build.
    env: { ...env, CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" },
    stdio: ["ignore", "pipe", "pipe"],
    // With its compilers in one group, which the watchdog ends if we are killed: minutes of work that nobody waits for.
    detached: true,
  });
  if (child.pid !== undefined) watchdog.process(child.pid);
  const tail: string[] = [];
  createInterface({ input: child.stdout }).on("line", () => on.stdout?.());
  createInterface({ input: child.stderr }).on("line", (line) => {
    if (/^[\w./~-]+$/.test(line)) on.package?.();
    else tail.push(line);
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject).once("close", resolve);
    });
    if (child.pid !== undefined) watchdog.ended(child.pid);
    if (code !== 0) throw new Error(`go ${args[0]} ended with code ${code}\n${tail.slice(-keptLines).join("\n")}`);
  } finally {
    await watchdog.finish();
  }
}
