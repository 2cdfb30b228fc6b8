/** Errors as the engine shows them: the message and nothing else. */
import { fewLines, oneLine } from "../../mcs/printable";
import type { Finding } from "../../reconcile/intent";
import type { Properties } from "../inputs/properties";

/** The SDK prints an error's stack into the user's terminal; ours says what to do in its message. */
export class Refusal extends Error {
  override readonly name: string = "pulumi-mcs";
  constructor(message: string) {
    super(fewLines(message));
    this.stack = "";
  }
}

/** The object was written, or a part of it, and is not as it should be: recorded in the state, and the next `up` goes on. */
export class Partial extends Refusal {
  constructor(
    readonly id: string,
    readonly properties: Properties,
    readonly reasons: readonly string[],
  ) {
    super(reasons.map((reason) => oneLine(reason)).join("\n"));
  }
}

/** One reason in one line, several below a heading. */
export function refusal(heading: string, findings: readonly Finding[]): Refusal {
  const messages = messagesOf(findings);
  const [only] = messages;
  if (messages.length === 1 && only) return new Refusal(only);
  return new Refusal([`${heading}:`, ...messages.map((message) => `  - ${message}`)].join("\n"));
}

export function messagesOf(findings: readonly Finding[]): readonly string[] {
  return [...new Set(findings.map(({ message }) => oneLine(message)))];
}

/** The one place where an error of any kind becomes what the engine is told. */
export function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  return new Refusal(oneLine(error instanceof Error ? error.message : String(error)));
}
