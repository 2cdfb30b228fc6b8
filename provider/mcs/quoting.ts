/** Reasons why something that a cluster or a person says cannot be used, as short texts: foreign values in them are cut and escaped. */
import { FAULTS_SHOWN } from "./limits";
import { oneLine } from "./printable";

/** Characters of a foreign value in a message. */
const QUOTED_MAX = 80;

/** `"web"`; what a terminal or a reader could be fooled by is gone. */
export function quote(value: unknown): string {
  return JSON.stringify(typeof value === "string" ? oneLine(value, QUOTED_MAX) : (value ?? null));
}

/** The first few, and how many more: a hostile object may have a hundred thousand. */
export function listed(faults: readonly string[]): string {
  const more = faults.length - FAULTS_SHOWN;
  return [...faults.slice(0, FAULTS_SHOWN), ...(more > 0 ? [`${more} more`] : [])].join("; ");
}
