/** The tiers of the tests, and how each is cut into processes. */

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

export interface Part {
  /** Glob of test files, from the repository's root. */
  readonly files: string;
  /** A number: so many processes share the files. Files that share something costly, e.g. clusters, are best put together. */
  readonly processes: "one a file" | number;
  /** Real API servers: their binaries are found or built before, where that may take minutes. */
  readonly controlPlane: boolean;
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
    parts: [{ files: "tests/{unit,property}/**/*.test.ts", processes: 1, controlPlane: false }],
  },
  {
    kind: "mocha",
    name: "cluster",
    what: "against real API servers",
    parts: [
      // They share the three clusters of stage.ts.
      { files: "tests/cluster/mcs/**/*.test.ts", processes: 2, controlPlane: true },
      { files: "tests/{contract,cluster,controlplane}/**/*.test.ts", processes: "one a file", controlPlane: true },
    ],
  },
  {
    kind: "mocha",
    name: "engine",
    what: "whole programs: preview, up, refresh, destroy",
    parts: [
      { files: "tests/engine/scenarios/**/*.test.ts", processes: "one a file", controlPlane: false },
      { files: "tests/engine/**/*.test.ts", processes: "one a file", controlPlane: true },
    ],
  },
  {
    kind: "mocha",
    name: "e2e",
    what: "traffic through kube-proxy, and the demo",
    parts: [{ files: "tests/e2e/**/*.test.ts", processes: "one a file", controlPlane: true }],
  },
];
