// How an operation is asked for, and the flags of the CLI for it.

export interface OperationOptions {
  /** Reads all resources first: `--refresh`. @default false */
  readonly refresh?: boolean;
  /** Looks and saves nothing: `--preview-only`, of refresh and destroy. @default false */
  readonly previewOnly?: boolean;
  /** No pass that only looks: `--skip-preview`, of up, refresh and destroy. @default what the stack was opened with */
  readonly skipPreview?: boolean;
  /** URNs; nothing else is looked at: `--target`. @default all */
  readonly target?: readonly string[];
  /** URNs to replace without asking `diff`, and nothing else: `--target-replace`. @default none */
  readonly targetReplace?: readonly string[];
  /** Goes on with what does not depend on what failed: `--continue-on-error`. @default false */
  readonly continueOnError?: boolean;
  /** How many resources at most are worked on at once: `--parallel`. @default 8, whatever the number of cores */
  readonly parallel?: number;
}

export type Verb = "preview" | "up" | "refresh" | "destroy";

export function flagsOf(verb: Verb, options: OperationOptions): readonly string[] {
  const { refresh, previewOnly, skipPreview, target = [], targetReplace = [], continueOnError, parallel = 8 } = options;
  const given: readonly (readonly [flag: string, wanted: boolean | undefined])[] = [
    ["--refresh", refresh],
    ["--preview-only", previewOnly],
    ["--skip-preview", skipPreview && !previewOnly && verb !== "preview"],
    ["--continue-on-error", continueOnError],
  ];
  return [
    ...given.flatMap(([flag, wanted]) => (wanted ? [flag] : [])),
    ...target.flatMap((urn) => ["--target", urn]),
    ...targetReplace.flatMap((urn) => ["--target-replace", urn]),
    ...["--parallel", String(parallel)],
  ];
}
