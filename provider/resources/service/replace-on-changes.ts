/**
 * The option `replaceOnChanges`. The engine goes by the changed properties that a provider names, and the SDK's protocol for dynamic ones has
 * no place for them: the program hands the paths over as an input.
 */
import { same } from "../../mcs/canonical";
import type { Properties } from "../inputs/properties";
import { isUnknown } from "../inputs/unknown";

export interface Changes {
  readonly olds: Properties;
  readonly news: Properties;
  /** As in Pulumi: `exportedLabels`, `exportedLabels.team`, `exportedLabels["example.org/a"]`, `importTo[0]`, `*`. */
  readonly paths: unknown;
}

/** Is the change of this field one of those that the program wants a replacement for? */
export function isReplacing(field: string, { olds, news, paths }: Changes): boolean {
  if (!Array.isArray(paths)) return false;
  return paths.some((path) => {
    const [first, ...rest] = typeof path === "string" ? steps(path) : [];
    return (first === field || first === "*") && differs(olds[field], news[field], rest);
  });
}

function steps(path: string): readonly string[] {
  const found = path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[([^\]]*)\]|([^.[\]]+)/g);
  return [...found].map(([, quoted, index, name]) => quoted?.replace(/\\(.)/g, "$1") ?? index ?? name ?? "");
}

function differs(was: unknown, is: unknown, [step, ...rest]: readonly string[]): boolean {
  if (step === undefined || isUnknown(is)) return isUnknown(is) || !same(was, is);
  const [before, after] = [within(was), within(is)];
  const keys = step === "*" ? new Set([...Object.keys(before), ...Object.keys(after)]) : [step];
  return [...keys].some((key) => differs(before[key], after[key], rest));
}

function within(value: unknown): Properties {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
