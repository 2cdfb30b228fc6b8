/** The command line as a whole: what is refused before any cluster is asked, and that docs/cli.md has every command. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import type { Screen } from "../../../provider/cli/printer";
import { createProgram } from "../../../provider/cli/program";

const screen: Screen = {
  out: () => {},
  err: () => {},
  show: () => {},
  paint: (_, text) => text,
  clear: () => {},
};

function program() {
  const never = () => assert.fail("a command ran");
  const made = createProgram({ screen, exit: never, exitNow: never, interrupted: () => new AbortController().signal });
  for (const command of [made, ...made.commands]) command.configureOutput({ writeErr: () => {} }).exitOverride();
  return made;
}

// A kubeconfig that is not there: whoever reads it has gone too far.
const cluster = (id: string) => ["--cluster", `${id}=/nowhere`];
const two = [...cluster("a"), ...cluster("b")];
const parse = (...args: readonly string[]) => program().parseAsync([...args], { from: "user" });

describe("the command line", () => {
  it("has a row in docs/cli.md for each command", () => {
    const page = readFileSync(path.join(__dirname, "../../../docs/cli.md"), "utf8");
    const rows = [...page.matchAll(/^\| `(\w+)` \|.*\| .*0 .*\|$/gm)].map(([, name]) => name!);
    assert.deepEqual(
      rows.sort(),
      program()
        .commands.map((command) => command.name())
        .sort(),
    );
  });

  for (const [what, args, why] of [
    ["a probe of one cluster", ["probe", ...cluster("a")], /nothing to prove: give two clusters/],
    [
      "a probe without an importer",
      ["probe", ...two, "--role", "a=export", "--role", "b=export"],
      /nothing to prove: .*another one that imports/,
    ],
    ["a part of a cluster that is not given", ["probe", ...two, "--role", "c=import"], /--role names "c"/],
    ["a part that there is not", ["probe", ...two, "--role", "a=client"], /a=client/],
    ["a cluster twice", ["probe", ...cluster("a"), ...cluster("a")], /"a" is given twice/],
    ["no cluster", ["dns"], /required option '--cluster/],
    ["a version that is none", ["dns", ...two, "--coredns-version", "newest"], /"newest" is not a version of CoreDNS/],
    ["a flag that there is not", ["dns", ...two, "--force"], /unknown option '--force'/],
    ...["probe", "status", "graph", "gc"].map(
      (command) => [`${command} of no namespace`, [command, ...two, "-n", "Bad_Name"], /lower-case letters/] as const,
    ),
  ] as const) {
    it(`refuses ${what}, before it asks a cluster`, () => assert.rejects(parse(...args), why));
  }
});
