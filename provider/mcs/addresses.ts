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
  ipv4Mapped: "an IPv4 address in the form of IPv6",
};

/** Why no endpoint of this family may have the address, as "is a loopback address"; undefined where it may. */
export function addressFault(canonical: string, family: IPFamily): string | undefined {
  const parsed = parse(canonical, family);
  if (!parsed) return `is not an ${family} address`;
  const kind = NEVER[parsed.range()];
  return kind && `is ${kind}`;
}

function parse(address: string, family: IPFamily): IPv4 | IPv6 | undefined {
  if (family === "IPv4") return IPv4.isValidFourPartDecimal(address) ? IPv4.parse(address) : undefined;
  // A zone, as in fe80::1%eth0, means something on one machine only.
  return IPv6.isValid(address) && !address.includes("%") ? IPv6.parse(address) : undefined;
}

/** Is an address in one of these ranges? CIDRs that cannot be read hold nothing. The ranges are read once. */
export function within(cidrs: readonly string[]): (canonical: string) => boolean {
  const v4 = cidrs.filter((cidr) => IPv4.isValidCIDRFourPartDecimal(cidr)).map((cidr) => IPv4.parseCIDR(cidr));
  const v6 = cidrs.filter((cidr) => IPv6.isValidCIDR(cidr)).map((cidr) => IPv6.parseCIDR(cidr));
  return (address) => {
    if (address.includes(":")) {
      const parsed = parse(address, "IPv6") as IPv6 | undefined;
      return parsed !== undefined && v6.some((range) => parsed.match(range));
    }
    const parsed = parse(address, "IPv4") as IPv4 | undefined;
    return parsed !== undefined && v4.some((range) => parsed.match(range));
  };
}
