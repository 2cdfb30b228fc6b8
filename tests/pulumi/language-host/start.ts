/** What starts a program, of whatever language. */
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb";

export interface Start {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** @default that of the host */
  readonly cwd?: string;
}

export interface Engine {
  /** `host:port`, which programs log to. */
  readonly address: string;
}

/** @throws an Error in the words of the official host where it cannot be started */
export type Starting = (request: RunRequest, engine: Engine) => Start;
