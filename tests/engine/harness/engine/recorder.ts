// What happened in one pass, gathered for the result and for whoever watches.
import { stripVTControlCharacters } from "node:util";
import type { ChangeKind, Log, OperationResult, Severity, Step, StepOp } from "../stack-driver.js";
import { changeKinds } from "../stack-driver.js";
import { isDefaultProvider, nameOf, typeOf } from "../urn.js";
import { renderLog, renderStep, renderSummary } from "./render.js";

export class Recorder {
  private readonly steps: Step[] = [];
  private readonly logs: Log[] = [];
  private readonly counts = new Map<string, number>();
  private readonly lines: string[] = [];
  private readonly onLine: (line: string) => void;

  /** @param title of the pass, e.g. `Previewing update (dev)` */
  constructor(
    readonly title: string,
    onLine?: (line: string) => void,
  ) {
    this.onLine = onLine ?? (() => undefined);
    this.line(`${title}:`);
  }

  /** A step begins. The engine's own default providers do not show. Returns what to call when it has ended well. */
  begin(op: StepOp, urn: string): (endedAs?: StepOp) => void {
    if (isDefaultProvider(urn)) return () => undefined;
    const at = this.steps.push({ op, urn, type: typeOf(urn), name: nameOf(urn) }) - 1;
    return (endedAs = op) => {
      this.steps[at] = { op: endedAs, urn, type: typeOf(urn), name: nameOf(urn) };
      const line = renderStep(endedAs, urn);
      if (line) this.line(line);
    };
  }

  count(kind: StepOp, urn: string): void {
    if (!isDefaultProvider(urn)) this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }

  log(severity: Severity, message: string, about: { urn?: string; ephemeral?: boolean } = {}): void {
    if (severity === "debug") return;
    const urn = about.urn ? { urn: about.urn } : {};
    const log = {
      severity,
      message: stripVTControlCharacters(message).trimEnd(),
      ...urn,
      ephemeral: about.ephemeral ?? false,
    };
    this.logs.push(log);
    this.line(renderLog(log));
  }

  result(ok: boolean): OperationResult {
    const changes = Object.fromEntries(changeKinds.map((kind) => [kind, this.counts.get(kind) ?? 0]));
    this.line(renderSummary(changes, ok));
    const errors = this.logs.filter((log) => log.severity === "error").map((log) => log.message);
    return {
      ok,
      changes: changes as Record<ChangeKind, number>,
      steps: this.steps,
      logs: this.logs,
      ...(ok ? {} : { error: errors.join("\n") }),
      stdout: this.lines.join("\n"),
    };
  }

  private line(line: string): void {
    this.lines.push(line);
    this.onLine(line);
  }
}
