/** Address ranges of members, and where two of them claim the same addresses: then packets of one cluster end in another. */
import { IPv4, IPv6 } from "ipaddr.js";
import { compareText } from "../../mcs/canonical";

export type RangeKind = "pod" | "Service";

export interface Range {
  /** Cluster id. */
  readonly member: string;
  readonly kind: RangeKind;
  /** As it was given, e.g. `10.1.0.0/16`. */
  readonly cidr: string;
}

/** Two ranges of two members with common addresses; the first such pair of that kind between them. */
export interface Overlap {
  readonly a: Range;
  readonly b: Range;
  /** Further pairs of the same members and kinds. */
  readonly more: number;
}

/** `10.1.0.0/16`, `fd00::/48`; host bits may be set. */
export function isCidr(text: string): boolean {
  return spanOf(text) !== undefined;
}

/** Sorted by members. Ranges of one member may overlap each other; what is no CIDR is passed over. */
export function overlaps(ranges: readonly Range[]): readonly Overlap[] {
  const found = new Map<string, Overlap>();
  for (const [a, b] of pairs(ranges)) {
    const [first, second] = order(a, b) <= 0 ? [a, b] : [b, a];
    const key = JSON.stringify([first.member, first.kind, second.member, second.kind]);
    const known = found.get(key);
    found.set(key, known === undefined ? { a: first, b: second, more: 0 } : { ...known, more: known.more + 1 });
  }
  return [...found.values()].sort((x, y) => order(x.a, y.a) || order(x.b, y.b));
}

interface Span {
  readonly bits: number;
  readonly start: bigint;
  readonly end: bigint;
}

/**
 * Two CIDR ranges are apart or one holds the other: so after a sort by start, wider first, those that hold the current one are the
 * ones still open. That is one pass, where thousands of nodes each with a range would make every-with-every too slow.
 */
function* pairs(ranges: readonly Range[]): Generator<readonly [Range, Range]> {
  // With host bits set one range has thousands of spellings; each once, no more than 129 can hold one another in a member.
  const distinct = new Map<string, { readonly range: Range; readonly span: Span }>();
  for (const range of ranges) {
    const span = spanOf(range.cidr);
    if (span === undefined) continue;
    const key = [range.member, range.kind, span.bits, span.start, span.end].join(" ");
    const known = distinct.get(key);
    if (!known || range.cidr < known.range.cidr) distinct.set(key, { range, span });
  }
  const spans = [...distinct.values()];
  spans.sort((a, b) => a.span.bits - b.span.bits || sign(a.span.start - b.span.start) || sign(b.span.end - a.span.end));
  let open: typeof spans = [];
  for (const current of spans) {
    open = open.filter(({ span }) => span.bits === current.span.bits && span.end >= current.span.start);
    for (const holder of open) {
      if (holder.range.member !== current.range.member) {
        yield [holder.range, current.range];
      }
    }
    open.push(current);
  }
}

function spanOf(text: string): Span | undefined {
  const cidr = text.trim();
  // The library also reads short forms, where "10/8" would be 0.0.0.10/8.
  const isV4 = IPv4.isValidCIDRFourPartDecimal(cidr);
  if (!isV4 && !IPv6.isValidCIDR(cidr)) {
    return undefined;
  }
  const [address, prefix] = isV4 ? IPv4.parseCIDR(cidr) : IPv6.parseCIDR(cidr);
  const bytes = address.toByteArray();
  const bits = bytes.length * 8;
  const size = 1n << BigInt(bits - prefix);
  const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const start = value - (value % size);
  return { bits, start, end: start + size - 1n };
}

function sign(value: bigint): number {
  return value < 0n ? -1 : value > 0n ? 1 : 0;
}

function order(a: Range, b: Range): number {
  return compareText(a.member, b.member) || compareText(a.kind, b.kind) || compareText(a.cidr, b.cidr);
}
