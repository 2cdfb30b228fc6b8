/** Reads the inputs of one resource by a table of fields: the normalised inputs, and every failure at once. */
import { same } from "../../mcs/canonical";
import { isRecord, type Properties } from "./properties";
import type { Rule, Ruled } from "./rules";
import { isUnknown } from "./unknown";

/** One wrong input, as the engine shows it: beside the property. */
export interface Failure {
  readonly property: string;
  readonly reason: string;
}

export interface Field<Context> {
  readonly rule: (value: unknown, context: Context) => Ruled<unknown>;
  /** Given where the program gives nothing. A field without it is optional, unless it is required. */
  readonly fallback?: unknown;
  readonly required?: true;
}

export type Fields<Context> = Readonly<Record<string, Field<Context>>>;

export interface Checked {
  readonly inputs: Properties;
  readonly failures: readonly Failure[];
}

/** Set by the SDK with every resource; not for programs. */
const INTERNAL = ["__provider", "resourceUrn", "incarnation", "customTimeouts", "replaceOnChanges"];

/** What a refresh adds to the inputs (refreshed-inputs.ts). With `ignoreChanges: ["*"]` it comes back with the program's. */
export const DRIFT = "drift";

/** Values that a preview does not know yet are passed on as they are: what is in them is checked when it is known. */
export function checkFields<Context>(fields: Fields<Context>, news: Properties, context: Context): Checked {
  const inputs: Record<string, unknown> = {};
  const failures: Failure[] = [];
  for (const property of INTERNAL) if (news[property] !== undefined) inputs[property] = news[property];
  for (const property of Object.keys(news)) {
    if (property in fields || INTERNAL.includes(property) || property === DRIFT) continue;
    failures.push({ property, reason: `is not an argument; the arguments are ${Object.keys(fields).join(", ")}` });
  }
  for (const [property, field] of Object.entries(fields)) {
    const given = news[property] ?? field.fallback;
    if (given === undefined) {
      if (field.required) failures.push({ property, reason: "is required" });
      continue;
    }
    if (isUnknown(given)) {
      inputs[property] = given;
      continue;
    }
    const ruled = field.rule(given, context);
    if ("reason" in ruled) failures.push({ property, reason: ruled.reason });
    else inputs[property] = ruled.value;
  }
  return { inputs, failures };
}

/** A rule for a map whose keys are known: its own fields, the first wrong one as the reason. */
export function shape(fields: Fields<undefined>): Rule<Properties> {
  return (value) => {
    if (!isRecord(value)) return { reason: `must be a map with ${Object.keys(fields).join(", ")}` };
    const { inputs, failures } = checkFields(fields, value, undefined);
    const [first] = failures;
    return first ? { reason: `${first.property} ${first.reason}` } : { value: inputs };
  };
}

/** Names of those that are others than before, or that a preview does not know yet. @param fields of one resource, by name */
export function changedFields(fields: object, olds: Properties, news: Properties): readonly string[] {
  return Object.keys(fields).filter((field) => isUnknown(news[field]) || !same(olds[field], news[field]));
}
