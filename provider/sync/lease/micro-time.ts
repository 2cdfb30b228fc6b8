/** Kubernetes' MicroTime as Go writes it: RFC 3339 with six digits. API servers refuse a Lease whose times have any other number of them. */

/** @param ms milliseconds since the epoch */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.(\d{3})Z$/, ".$1000Z");
}
