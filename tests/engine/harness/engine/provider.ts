// What a step needs of a provider, whether it is a plugin's process or the engine itself.
import type { Props } from "./values.js";

export interface CheckFailure {
  /** Empty when it concerns the whole resource. */
  readonly property: string;
  readonly reason: string;
}

/** `unavailable`: the provider's own configuration is not known in this preview. */
export interface Difference {
  readonly changes: "some" | "none" | "unknown" | "unavailable";
  /** Not empty: replace rather than update. */
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

/** The resource as the provider is told of it. Secrets may be in all properties: the provider gets them in clear. */
export interface Subject {
  readonly urn: string;
  readonly id: string;
  readonly oldInputs: Props;
  readonly oldOutputs: Props;
}

export interface Provider {
  /** `olds` is empty for what does not exist yet. */
  check(urn: string, olds: Props, news: Props): Promise<{ inputs: Props; failures: readonly CheckFailure[] }>;
  diff(subject: Subject, newInputs: Props): Promise<Difference>;
  /** In a preview nothing is created, the id is empty, and the outputs are what can be told. @throws PartialFailure */
  create(urn: string, inputs: Props, dryRun: boolean): Promise<{ id: string; outputs: Props }>;
  /** An empty id: it is gone. Without inputs the old ones stay. */
  read(subject: Subject): Promise<{ id: string; outputs: Props; inputs?: Props }>;
  /** @throws PartialFailure */
  update(subject: Subject, newInputs: Props, dryRun: boolean): Promise<{ outputs: Props }>;
  delete(subject: Subject): Promise<void>;
}

/** The object was written but is not as it should be: recorded with its reasons, and the operation fails. */
export class PartialFailure extends Error {
  override readonly name = "PartialFailure";

  constructor(
    readonly id: string,
    readonly outputs: Props,
    readonly reasons: readonly string[],
  ) {
    super(listReasons(reasons));
  }
}

/** The layout of the real engine, which takes it from a Go library for lists of errors. */
function listReasons(reasons: readonly string[]): string {
  const head = reasons.length === 1 ? "1 error occurred:" : `${reasons.length} errors occurred:`;
  return `${head}\n${reasons.map((reason) => `\t* ${reason}`).join("\n")}\n\n`;
}
