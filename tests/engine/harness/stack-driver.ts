// The face that a stack shows to a test or to the demo, the same for the real Pulumi CLI and for the test engine.

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
  /** False when the engine would exit with an error: a step, the program or a check failed. */
  readonly ok: boolean;
  readonly changes: Readonly<Record<ChangeKind, number>>;
  /** In the order in which they were begun; steps that run at once have no fixed order. */
  readonly steps: readonly Step[];
  readonly logs: readonly Log[];
  /** The error messages of `logs`, one a line, when `ok` is false. */
  readonly error?: string;
  /** What a person would have seen. For people: its layout differs between the engines. */
  readonly stdout: string;
  /** What the CLI wrote to standard error. */
  readonly stderr?: string;
}

export interface PreviewOptions {
  /** Read all resources first, as `preview --refresh`. @default false */
  readonly refresh?: boolean;
  /** URNs; only these are looked at. @default all */
  readonly target?: readonly string[];
}

export interface UpOptions {
  /** Read all resources first, as `up --refresh`. @default false */
  readonly refresh?: boolean;
  /** URNs to replace without asking `diff`, and nothing else, as `up --target-replace`. @default none */
  readonly targetReplace?: readonly string[];
}

export interface RefreshOptions {
  /** Read and compare, but save nothing, as `refresh --preview-only`. @default false */
  readonly previewOnly?: boolean;
}

/** One stack of one project. Operations of one stack never overlap: each waits for the one before. */
export interface StackDriver {
  readonly kind: "test engine" | "pulumi";
  /** Of the engine, without `v`. */
  readonly version: string;
  /** Key as `pulumi config set` takes it: without a namespace it belongs to the project. @param secret default false */
  setConfig(key: string, value: string, secret?: boolean): Promise<void>;
  preview(options?: PreviewOptions): Promise<OperationResult>;
  /** Preview pass and, when that is fine, the update pass; the result is that of the last pass that ran. */
  up(options?: UpOptions): Promise<OperationResult>;
  refresh(options?: RefreshOptions): Promise<OperationResult>;
  destroy(): Promise<OperationResult>;
  /** Stack outputs, secrets in clear. Empty before the first `up`. */
  outputs(): Promise<Record<string, unknown>>;
  /** As `pulumi cancel`: the stack is free again after an operation that was ended before it could say so. */
  cancel(): Promise<void>;
  /** As `pulumi stack export`: secrets encrypted, or in clear under `plaintext` as with `--show-secrets`. @param clear default false */
  exportState(clear?: boolean): Promise<ExportedState>;
  /** As `pulumi stack import`: in place of what the stack had. Secrets may be in clear under `plaintext`; they are encrypted. */
  importState(state: ExportedState): Promise<void>;
}

/** The part of `pulumi stack export` that callers read. Everything is as stored, secrets as `{"4dabf…": …, ciphertext}`. */
export interface ExportedState {
  readonly version: number;
  readonly deployment: { readonly resources?: readonly ExportedResource[]; readonly [key: string]: unknown };
}

export interface ExportedResource {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  readonly id?: string;
  readonly parent?: string;
  readonly inputs?: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
  readonly provider?: string;
  readonly dependencies?: readonly string[];
  readonly propertyDependencies?: Record<string, readonly string[] | null>;
  readonly additionalSecretOutputs?: readonly string[];
  readonly initErrors?: readonly string[];
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly delete?: boolean;
  readonly [key: string]: unknown;
}
