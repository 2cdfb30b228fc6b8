/** Builds a part of the test bench. Needs Go and, the first time, the module proxy. */
import { spawn } from "node:child_process";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { inPath } from "./executable";
import type { Source } from "./find-part";
import { reporting } from "./progress";
import { startWatchdog } from "./watchdog";

export interface GoBuild {
  /** For progress lines: "the control plane". */
  readonly what: string;
  /** How long it takes where nothing is cached, on two cores: "about 5 minutes". */
  readonly time: string;
  /** The main package: "." or an import path of the module's dependencies. */
  readonly main: string;
  /** The binary's name. */
  readonly output: string;
  /** Variables of packages that are given a value, by import path and name. */
  readonly stamp: Readonly<Record<string, string>>;
  /** The folder with go.mod. One that is made for the purpose may be made below `folder`, and go.mod lacks what Go finds itself. */
  module(folder: string): { readonly directory: string; readonly incomplete?: true };
}

const keptLines = 15;

export function goBuild(build: GoBuild): Source {
  return {
    what: "build it with Go",
    async fill(folder, { progress, env }) {
      const go = inPath("go", env["PATH"] ?? "");
      if (go === undefined) throw new Error("there is no `go` on PATH");
      const { directory, incomplete } = build.module(folder);
      const mode = incomplete ? ["-mod=mod"] : [];
      const run = (args: readonly string[], on: Listeners) => runGo([go, ...args], { directory, env, on });
      await reporting(progress, `building ${build.what} with Go (${build.time}, once)…`, async (detail) => {
        detail("fetching modules");
        let total = 0;
        let compiled = 0;
        await run(["list", ...mode, "-deps", build.main], { stdout: () => (total += 1) });
        detail("compiling");
        await run(["build", ...mode, ...flags(build), "-o", path.join(folder, build.output), build.main], {
          // `-v` prints one import path a compiled package.
          package: () => detail(`${(compiled += 1)} of ${total} packages`),
        });
      });
    },
  };
}

function flags({ stamp }: GoBuild): string[] {
  const values = Object.entries(stamp).map(([name, value]) => `-X ${name}=${value}`);
  return ["-v", "-trimpath", "-buildvcs=false", "-ldflags", `-s -w ${values.join(" ")}`];
}

interface Listeners {
  readonly stdout?: () => void;
  readonly package?: () => void;
}

/** Runs Go in the module's folder. What it says besides import paths is kept for the failure. */
async function runGo(
  command: readonly string[],
  { directory, env, on }: { directory: string; env: NodeJS.ProcessEnv; on: Listeners },
): Promise<void> {
  const [program = "", ...args] = command;
  const watchdog = startWatchdog();
  const child = spawn(program, args, {
    cwd: directory,
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
