/** One text for one address: API servers from 1.36 on refuse a whole slice for an address written in another way; older ones stored it. */
import { IPv6 } from "ipaddr.js";

const PLAIN_IPV4 = /^(?:(?:0|[1-9]\d*)\.){3}(?:0|[1-9]\d*)$/;

/** `fd00:0::01` is `fd00::1`, `010.0.0.1` is `10.0.0.1`. What is no address comes back as it is. */
export function canonicalAddress(address: string): string {
  if (PLAIN_IPV4.test(address)) return address;
  if (/^\d+(\.\d+){3}$/.test(address)) return address.split(".").map(Number).join(".");
  return IPv6.isValid(address) ? IPv6.parse(address).toRFC5952String() : address;
}
