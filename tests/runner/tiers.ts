/** The tiers of the tests, in the order in which they run: what is quick and needs nothing comes first. */

export interface MochaTier {
  readonly kind: "mocha";
  readonly name: string;
  readonly what: string;
  /** Globs of test files, from the repository's root. */
  readonly files: readonly string[];
  /** Real API servers: their binaries are found or built before the tier, where that may take minutes. */
  readonly controlPlane: boolean;
  /** Its output goes nowhere. @default false */
  readonly quiet?: boolean;
  /** How long a process may live on after its last test, in milliseconds. @default 30000 */
  readonly graceMs?: number;
}

/** A program whose exit code is the verdict: it counts as one test. */
export interface CheckTier {
  readonly kind: "check";
  readonly name: string;
  readonly what: string;
  /** Run one after the other, by the programs of node_modules/.bin. */
  readonly commands: readonly (readonly string[])[];
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
    files: ["tests/{unit,property}/**/*.test.ts"],
    controlPlane: false,
  },
  {
    kind: "mocha",
    name: "cluster",
    what: "against real API servers",
    files: ["tests/{contract,cluster,controlplane}/**/*.test.ts"],
    controlPlane: true,
  },
  {
    kind: "mocha",
    name: "engine",
    what: "whole programs: preview, up, refresh, destroy",
    files: ["tests/engine/**/*.test.ts"],
    controlPlane: true,
  },
  {
    kind: "mocha",
    name: "e2e",
    what: "traffic through kube-proxy, and the demo",
    files: ["tests/e2e/**/*.test.ts"],
    controlPlane: true,
  },
];
