/** Addresses of endpoints: one text for one address, and which of them a cluster may not have other clusters send their packets to. */
import { IPv4, IPv6 } from "ipaddr.js";
import type { IPFamily } from "./api";

const PLAIN_IPV4 = /^(?:(?:0|[1-9]\d*)\.){3}(?:0|[1-9]\d*)$/;

/**
 * API servers from 1.36 on refuse a whole slice for an address written in another way; older ones stored it.
 * `fd00:0::01` is `fd00::1`, `010.0.0.1` is `10.0.0.1`. What is no address comes back as it is.
 */
export function canonicalAddress(address: string): string {
  if (PLAIN_IPV4.test(address)) return address;
  if (/^\d+(\.\d+){3}$/.test(address)) return address.split(".").map(Number).join(".");
  return IPv6.isValid(address) ? IPv6.parse(address).toRFC5952String() : address;
}

/** Of ipaddr.js, the kinds of address that never are a pod's, in words. The API server refuses most of them, and the whole slice with them. */
const NEVER: Readonly<Record<string, string>> = {
  unspecified: "an unspecified address",
  loopback: "a loopback address",
  linkLocal: "a link-local address",
  multicast: "a multicast address",
  broadcast: "a broadcast address",
};

/** IPv6 that only says an IPv4 address in another way, or that a translator or relay makes of one: it is nobody's own, and never a pod's. */
const DRESSED = [
  // IPv4-compatible (RFC 4291)
  "::/96",
  // IPv4-mapped (RFC 4291)
  "::ffff:0:0/96",
  // IPv4-translated, SIIT (RFC 2765)
  "::ffff:0:0:0/96",
  // NAT64, well-known and of a site (RFC 6052, RFC 8215)
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  // Teredo (RFC 4380)
  "2001::/32",
].map((cidr) => IPv6.parseCIDR(cidr));

export type Parsed = IPv4 | IPv6;

/** An address that an endpoint may have. */
export interface Address {
  /** Canonical. */
  readonly text: string;
  readonly parsed: Parsed;
  /**
   * The IPv4 address to which packets for this IPv6 address may go in a tunnel: of 6to4 (RFC 3056) and ISATAP (RFC 5214), whose addresses a host
   * may have as its own. Who may not have the one may not have the other.
   */
  readonly carried?: Address;
}

/** Why no endpoint of this family may have an address, as "is a loopback address". */
export interface AddressFault {
  readonly fault: string;
}

export function readAddress(given: string, family: IPFamily): Address | AddressFault {
  const text = canonicalAddress(given);
  const parsed = parse(text, family);
  if (!parsed) return { fault: `is not an ${family} address` };
  const kind = NEVER[parsed.range()];
  if (kind) return { fault: `is ${kind}` };
  if (parsed instanceof IPv4) return { text, parsed };
  if (DRESSED.some((range) => parsed.match(range))) return { fault: "is an IPv4 address in the form of IPv6" };
  const inner = carriedBy(parsed);
  if (inner === undefined) return { text, parsed };
  const carried = readAddress(inner, "IPv4");
  return "fault" in carried ? { fault: `carries ${inner}, which ${carried.fault}` } : { text, parsed, carried };
}

function carriedBy(address: IPv6): string | undefined {
  const bytes = address.toByteArray();
  const at = (from: number) => bytes.slice(from, from + 4).join(".");
  if (bytes[0] === 0x20 && bytes[1] === 0x02) return at(2);
  // The bit of a universal identifier may be set.
  const isatap = (bytes[8]! & 0xfd) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;
  return isatap ? at(12) : undefined;
}

/** Undefined where it is none of the family. @param address in canonical form */
export function parse(address: string, family: IPFamily): Parsed | undefined {
  // A zone, as in fe80::1%eth0, means something on one machine only.
  const mayBe = family === "IPv4" ? PLAIN_IPV4.test(address) : address.includes(":") && !address.includes("%");
  if (!mayBe) return undefined;
  try {
    // Asked whether it is one, the library reads it as well: that would be twice.
    return family === "IPv4" ? IPv4.parse(address) : IPv6.parse(address);
  } catch {
    return undefined;
  }
}

/** Is an address in one of these ranges? CIDRs that cannot be read hold nothing. The ranges are read once. */
export function within(cidrs: readonly string[]): (address: Parsed) => boolean {
  const v4 = cidrs.filter((cidr) => IPv4.isValidCIDRFourPartDecimal(cidr)).map((cidr) => IPv4.parseCIDR(cidr));
  const v6 = cidrs.filter((cidr) => IPv6.isValidCIDR(cidr)).map((cidr) => IPv6.parseCIDR(cidr));
  return (address) =>
    address instanceof IPv4 ? v4.some((range) => address.match(range)) : v6.some((range) => address.match(range));
}
