/** The resource option `customTimeouts`. The engine hands it to no dynamic provider; the program does, beside the inputs (sdk/engine/dynamic-resource.ts). */
import { isRecord, type Properties } from "../inputs/properties";

export type Timed = "create" | "update" | "delete";

/** Milliseconds. */
const UNITS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};
const PART = /(\d+(?:\.\d*)?|\.\d+)(h|ms|m|s|us|µs|ns)/g;

/** Seconds. Undefined where the program says none, or what is no duration, which the engine itself refuses. */
export function customTimeout({ customTimeouts }: Properties, method: Timed): number | undefined {
  const text = isRecord(customTimeouts) ? customTimeouts[method] : undefined;
  if (typeof text !== "string") return undefined;
  const parts = [...text.matchAll(PART)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) return undefined;
  const milliseconds = parts.reduce((sum, [, number, unit]) => sum + Number(number) * UNITS[unit!]!, 0);
  return milliseconds > 0 ? milliseconds / 1_000 : undefined;
}
