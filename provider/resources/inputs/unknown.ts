/** Values that a preview does not know yet. */

/** What the SDK writes in place of an unknown value. A copy: the handlers must not load the SDK (pulumi.runtime.unknownValue). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** True where the value, or anything inside it, is unknown. */
export function isUnknown(value: unknown): boolean {
  if (typeof value === "string") return value === UNKNOWN;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(isUnknown);
}
