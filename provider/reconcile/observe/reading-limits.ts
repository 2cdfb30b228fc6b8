/** How much one reading of one member may bring, all its lists together: what is kept of a member in memory. docs/security.md lists it. */
import type { Allowance } from "../member";

/** Of JSON text. 150,000 endpoints are about 60 MiB, 10,000 Services about 40. */
export const READING_MAX_BYTES = 256 * 1024 * 1024;
/** Objects, lists and their entries in it: about 14 an endpoint, 110 a Service. */
export const READING_MAX_VALUES = 5_000_000;

/** Of one reading, or of one list that belongs to none. */
export function newAllowance(): Allowance {
  return { bytes: READING_MAX_BYTES, values: READING_MAX_VALUES };
}
