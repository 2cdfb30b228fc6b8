/** The tiers of the tests, and how each is cut into processes. */
import { full } from "../support/evidence";

/** A program whose exit code is the verdict: it counts as one test. */
export interface CheckTier {
  readonly kind: "check";
  readonly name: string;
  readonly what: string;
  /** A process each, by the programs of node_modules/.bin. */
  readonly commands: readonly (readonly string[])[];
}

export interface MochaTier {
  readonly kind: "mocha";
  readonly name: string;
  readonly what: string;
  /** A file belongs to the first part that matches it. */
  readonly parts: readonly Part[];
}

/** Programs that npm does not bring. They are found before, or built one after the other in this order, where that may take minutes. */
export const allNeeds = ["controlPlane", "pulumi", "coreDns"] as const;
export type Need = (typeof allNeeds)[number];

export interface Part {
  /** Glob of test files, from the repository's root. */
  readonly files: string;
  /** A number: so many processes share the files. Files that share something costly, e.g. clusters, are best put together. */
  readonly processes: "one a file" | number;
  readonly needs: readonly Need[];
  /** Played once more, served by the plugin: the files are also in another part. @default false */
  readonly byPlugin?: true;
}

export type Tier = MochaTier | CheckTier;

export const tiers: readonly Tier[] = [
  {
    kind: "check",
    name: "types",
    what: "the compiler accepts everything",
    commands: [["tsc", "-p", "tsconfig.json", "--noEmit"]],
  },
  {
    kind: "check",
    name: "lint",
    what: "import rules, style and format",
    commands: [
      ["eslint", "."],
      ["prettier", "--check", "--log-level", "warn", "."],
    ],
  },
  {
    kind: "mocha",
    name: "unit",
    what: "rules and single parts, alone",
    parts: [
      { files: "tests/{unit,property}/**/*.test.ts", processes: 1, needs: [] },
      { files: "tests/simulation/**/*.test.ts", processes: 1, needs: [] },
    ],
  },
  {
    kind: "mocha",
    name: "package",
    what: "what npm would publish, as a stranger's compiler finds it",
    parts: [{ files: "tests/package/**/*.test.ts", processes: 1, needs: [] }],
  },
  {
    kind: "mocha",
    name: "cluster",
    what: "against real API servers",
    parts: [
      // They share the three clusters of stage.ts.
      { files: "tests/cluster/mcs/**/*.test.ts", processes: 2, needs: ["controlPlane"] },
      { files: "tests/cluster/dns/**/*.test.ts", processes: "one a file", needs: ["controlPlane", "coreDns"] },
      { files: "tests/{contract,cluster,controlplane}/**/*.test.ts", processes: "one a file", needs: ["controlPlane"] },
    ],
  },
  {
    kind: "mocha",
    name: "engine",
    what: "whole programs: preview, up, refresh, destroy",
    parts: [
      { files: "tests/{pulumi/**/*,engine/engine-facts}.test.ts", processes: "one a file", needs: ["pulumi"] },
      { files: "tests/engine/**/*.test.ts", processes: "one a file", needs: ["controlPlane", "pulumi"] },
    ],
  },
  {
    kind: "mocha",
    name: "plugin",
    what: "programs of the engine tier once more, served by the plugin",
    parts: [
      {
        // What each face does itself, and what a life passes through. The others are of the SDK for Node, or of the dynamic provider's process.
        files: `tests/engine/${full ? "{lifecycle,drift,outage,secrets,hostile}" : "hostile"}.test.ts`,
        processes: "one a file",
        needs: ["controlPlane", "pulumi"],
        byPlugin: true,
      },
    ],
  },
  {
    kind: "mocha",
    name: "e2e",
    what: "traffic through kube-proxy, and the demo",
    parts: [{ files: "tests/e2e/**/*.test.ts", processes: "one a file", needs: ["controlPlane", "pulumi"] }],
  },
];
