// The CLI's event log (one JSON object a line) as an OperationResult.
import type { CommandEnd } from "./command.js";
import { changeKinds } from "./operation-result.js";
import type { ChangeKind, Log, OperationResult, Severity, Step, StepOp } from "./operation-result.js";

interface StepMetadata {
  readonly op: StepOp;
  readonly urn: string;
  readonly type: string;
}

/** The kinds of event that are read here; the others pass by. */
export interface EngineEvent {
  readonly resourcePreEvent?: { readonly metadata: StepMetadata };
  readonly resOutputsEvent?: { readonly metadata: StepMetadata };
  readonly diagnosticEvent?: {
    readonly urn?: string;
    readonly message: string;
    readonly severity: Severity;
    readonly ephemeral?: boolean;
  };
  readonly summaryEvent?: { readonly resourceChanges?: Partial<Record<ChangeKind, number>> };
}

/** @param text whole event log; a last line that is cut off is left out */
export function parseEvents(text: string): EngineEvent[] {
  const lines = text.split("\n").slice(0, -1);
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as EngineEvent);
}

export function toResult(events: readonly EngineEvent[], end: CommandEnd): OperationResult {
  const logs = events.flatMap((event) => toLog(event) ?? []);
  const errors = logs.filter((log) => log.severity === "error").map((log) => log.message);
  const counted = events.findLast((event) => event.summaryEvent)?.summaryEvent?.resourceChanges ?? {};
  return {
    ok: end.ok,
    changes: Object.fromEntries(changeKinds.map((kind) => [kind, counted[kind] ?? 0])) as Record<ChangeKind, number>,
    steps: toSteps(events),
    logs,
    ...(end.ok ? {} : { error: errors.join("\n") || end.stderr.trim() || end.stdout.trim() }),
    stdout: end.stdout,
    stderr: end.stderr,
  };
}

/** Without the steps of default providers, which people do not see. A refresh is announced as `refresh`; only its outputs event says what it came to. */
function toSteps(events: readonly EngineEvent[]): Step[] {
  const steps: Step[] = [];
  const refreshes = new Map<string, number>();
  for (const event of events) {
    const begun = event.resourcePreEvent?.metadata;
    if (begun && !isDefaultProvider(begun.urn)) {
      if (begun.op === "refresh") refreshes.set(begun.urn, steps.length);
      steps.push(toStep(begun));
    }
    const ended = event.resOutputsEvent?.metadata;
    const at = ended && refreshes.get(ended.urn);
    if (ended && at !== undefined) {
      steps[at] = toStep(ended);
      refreshes.delete(ended.urn);
    }
  }
  return steps;
}

function toStep(metadata: StepMetadata): Step {
  return { op: metadata.op, urn: metadata.urn, type: metadata.type, name: nameOf(metadata.urn) };
}

function toLog(event: EngineEvent): Log | undefined {
  const said = event.diagnosticEvent;
  if (!said || said.severity === "debug") return undefined;
  return {
    severity: said.severity,
    message: withoutColour(said.message).trimEnd(),
    ...(said.urn ? { urn: said.urn } : {}),
    ephemeral: said.ephemeral ?? false,
  };
}

/** The log marks colours as `<{%fg 1%}>`, whatever the terminal. */
function withoutColour(message: string): string {
  return message.replace(/<\{%[^%]*%\}>/g, "");
}

/** The part after the last `::` that belongs to the name; names may hold `::` themselves. */
function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** A default provider is the engine's own; people never see its steps. */
function isDefaultProvider(urn: string): boolean {
  return /::pulumi:providers:[^:]+::default(_[^:]*)?$/.test(urn);
}
