// What both kinds of stack are opened with.

export interface StackOptions {
  /** Folder of Pulumi.yaml. Nothing is written in it. */
  readonly projectDir: string;
  /** Name of the stack, e.g. `dev`. */
  readonly stack: string;
  /** Folder that holds all that the stack leaves behind: state, config, plugins' home. Made when absent. */
  readonly stateDir: string;
  /** Added to the environment of the engine, hence of the program and of the provider's process. @default {} */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each line a person would see, while the operation runs. @default nothing */
  readonly onLine?: (line: string) => void;
  /** Asks the CLI to cancel what it does; the operation then ends, not ok. The test engine ends with its process. @default never */
  readonly signal?: AbortSignal;
}

/** Encrypts secrets in test and demo stacks on both engines; a `PULUMI_CONFIG_PASSPHRASE` in `env` takes its place. */
export const defaultPassphrase = "correct horse battery staple";
