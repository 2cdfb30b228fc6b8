/** A Go program on our own generated SDK, compiled: by the machine's Go, which fetches Pulumi's SDK from its module proxy. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { runCommand } from "../parts/command";
import { inPath } from "../parts/executable";
import type { FindOptions } from "../parts/find-part";
import { reporting, silent } from "../parts/progress";
import { generateSdk } from "./find-python";

const BINARY = "program";

/**
 * Copies the project, makes its SDK where its go.mod says, and compiles it there.
 * @throws an Error that says what is missing, Go or the module proxy, or with what the compiler found
 */
export async function compileGoProject(from: string, to: string, options: FindOptions = {}): Promise<void> {
  const { env = process.env, progress = silent } = options;
  const go = inPath("go", env["PATH"] ?? "");
  if (go === undefined) throw new Error("there is no `go` on PATH");
  cpSync(from, to, { recursive: true });
  await generateSdk("go", path.join(to, "sdks/mcs"), options);
  await reporting(progress, "compiling Pulumi's Go SDK and the program (about 2 minutes the first time)…", () =>
    runCommand([go, "build", "-C", to, "-o", BINARY, "."], {
      env: { ...env, CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" },
    }),
  );
  const project = path.join(to, "Pulumi.yaml");
  const described = parse(readFileSync(project, "utf8")) as Readonly<Record<string, unknown>>;
  writeFileSync(project, stringify({ ...described, runtime: { name: "go", options: { binary: BINARY } } }));
}
