// What one operation of the engine came to.

/** What the engine counts at the end of an operation. A replacement counts once, as `replace`. */
export const changeKinds = ["create", "update", "replace", "delete", "same", "read"] as const;
export type ChangeKind = (typeof changeKinds)[number];

/**
 * One step of the engine. A replacement has three: `create-replacement`, `replace` and `delete-replaced`, in the order
 * in which they ran; a refresh has the operation that it came to (`same`, `update`, `delete`).
 */
export type StepOp =
  | ChangeKind
  | "create-replacement"
  | "delete-replaced"
  | "discard"
  | "refresh"
  | "remove-pending-replace"
  | "read-replacement"
  | "discard-replaced";

export interface Step {
  readonly op: StepOp;
  readonly urn: string;
  /** Type token, e.g. `pulumi-nodejs:dynamic/mcs:MultiClusterService`. */
  readonly type: string;
  /** Last part of the URN. */
  readonly name: string;
}

export type Severity = "debug" | "info" | "info#err" | "warning" | "error";

export interface Log {
  readonly severity: Severity;
  /** Without colour codes, trailing newline cut. */
  readonly message: string;
  /** The resource on whose line it is shown; absent for the stack as a whole. */
  readonly urn?: string;
  /** Shown only while the operation runs. */
  readonly ephemeral: boolean;
}

export interface OperationResult {
  /** False when the CLI exits with an error: a step, the program or a check failed. */
  readonly ok: boolean;
  readonly changes: Readonly<Record<ChangeKind, number>>;
  /** In the order in which they were begun; steps that run at once have no fixed order. */
  readonly steps: readonly Step[];
  readonly logs: readonly Log[];
  /** The error messages of `logs`, one a line, when `ok` is false. */
  readonly error?: string;
  /** What a person would have seen. */
  readonly stdout: string;
  /** What the CLI wrote to standard error. */
  readonly stderr?: string;
}
