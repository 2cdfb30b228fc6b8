/** What one value must look like. A rule answers the normalised value, or the reason why there is none: what is wrong, and what would be right. */
import { isDnsLabel, isLabelValue, isQualifiedName } from "../../mcs/label-value";
import { isRecord } from "./properties";

export type Ruled<T> = { readonly value: T } | { readonly reason: string };
export type Rule<T> = (value: unknown) => Ruled<T>;

/** RFC 1123 label: namespaces, cluster ids (KEP-2149), Services. */
export const dnsLabel: Rule<string> = (value) => {
  if (typeof value !== "string") return { reason: `must be a string, not ${typeName(value)}` };
  if (value.length > 63) return { reason: `"${value}" has ${value.length} characters; at most 63 are allowed` };
  if (isDnsLabel(value)) return { value };
  return {
    reason: `"${value}" is not a DNS label; use lower-case letters, digits and "-", with a letter or digit at both ends`,
  };
};

/** RFC 1035 label: what every version of Kubernetes takes as the name of a new Service. */
export const serviceName: Rule<string> = (value) => {
  const label = dnsLabel(value);
  if ("reason" in label || !/^\d/.test(label.value)) return label;
  return { reason: `"${label.value}" starts with a digit; the name of a Service starts with a letter` };
};

export const flag: Rule<boolean> = (value) =>
  typeof value === "boolean" ? { value } : { reason: `must be true or false, not ${typeName(value)}` };

export const text: Rule<string> = (value) =>
  typeof value === "string" ? { value } : { reason: `must be a string, not ${typeName(value)}` };

export function whole(least: number, most: number): Rule<number> {
  return (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= least && value <= most
      ? { value }
      : { reason: `must be a whole number from ${least} to ${most}, not ${shown(value)}` };
}

export function oneOf<const T extends string>(...words: readonly T[]): Rule<T> {
  return (value) => {
    const word = words.find((candidate) => candidate === value);
    const choice = words.map((candidate) => `"${candidate}"`).join(" or ");
    return word === undefined ? { reason: `must be ${choice}, not ${shown(value)}` } : { value: word };
  };
}

/** Map of Kubernetes labels. */
export const labels: Rule<Readonly<Record<string, string>>> = (value) =>
  map(value, (key, item) => {
    if (!isQualifiedName(key))
      return `label key "${key}" is not allowed: [prefix/]name, the name at most 63 characters`;
    if (!isLabelValue(item)) {
      return `value "${item}" of label ${key} is not allowed: at most 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends`;
    }
    return undefined;
  });

/** Map of Kubernetes annotations; how large all may be is decided in exported-size.ts. */
export const annotations: Rule<Readonly<Record<string, string>>> = (value) =>
  map(value, (key) =>
    isQualifiedName(key.toLowerCase())
      ? undefined
      : `annotation key "${key}" is not allowed: [prefix/]name, the name at most 63 characters`,
  );

function map(value: unknown, wrong: (key: string, item: string) => string | undefined): Ruled<Record<string, string>> {
  if (!isRecord(value)) return { reason: `must be a map of strings, not ${typeName(value)}` };
  const result: Record<string, string> = {};
  for (const [key, item] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (typeof item !== "string") return { reason: `the value of ${key} must be a string, not ${typeName(item)}` };
    const reason = wrong(key, item);
    if (reason) return { reason };
    result[key] = item;
  }
  return { value: result };
}

export function typeName(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "a map" : `a ${typeof value}`;
}

function shown(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? JSON.stringify(value) : typeName(value);
}
