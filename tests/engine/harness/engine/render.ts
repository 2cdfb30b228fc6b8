// Lines for people, in the manner of the CLI's plain display.
import type { Log, StepOp } from "../stack-driver.js";
import { nameOf, typeOf } from "../urn.js";

const marks: Partial<Record<StepOp, readonly [mark: string, done: string]>> = {
  create: ["+", "create"],
  update: ["~", "update"],
  delete: ["-", "delete"],
  replace: ["+-", "replace"],
  "create-replacement": ["++", "create replacement"],
  "delete-replaced": ["--", "delete original"],
  read: [">", "read"],
  refresh: ["~", "refresh"],
  same: [" ", ""],
};

export function renderStep(op: StepOp, urn: string): string {
  const [mark, done] = marks[op] ?? ["*", op];
  return ` ${mark.padEnd(2)} ${typeOf(urn)} ${nameOf(urn)} ${done}`.trimEnd();
}

export function renderLog(log: Log): string {
  const about = log.urn ? `${typeOf(log.urn)} ${nameOf(log.urn)}: ` : "";
  const level = log.severity === "info" || log.severity === "info#err" ? "" : `${log.severity}: `;
  return `      ${about}${level}${log.message.replaceAll("\n", "\n      ")}`;
}

export function renderSummary(changes: Readonly<Record<string, number>>, ok: boolean): string {
  const words: readonly (readonly [string, string])[] = [
    ["create", "+ %d to create"],
    ["update", "~ %d to update"],
    ["replace", "+-%d to replace"],
    ["delete", "- %d to delete"],
    ["same", "%d unchanged"],
  ];
  const told = words.flatMap(([kind, text]) =>
    changes[kind] ? [`    ${text.replace("%d", String(changes[kind]))}`] : [],
  );
  return ["Resources:", ...told, ...(ok ? [] : ["    failed"])].join("\n");
}
