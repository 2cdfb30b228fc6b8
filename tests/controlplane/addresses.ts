/** Pod addresses: ranges cut into nodes' ranges, and addresses given out of them. */
import * as ipaddr from "ipaddr.js";

/** A range is cut into 16 nodes' ranges. */
const nodeBits = 4;

interface Range {
  readonly base: bigint;
  readonly prefix: number;
  readonly bits: 32 | 128;
}

function parse(cidr: string): Range {
  const [address, prefix] = ipaddr.parseCIDR(cidr);
  const bytes = address.toByteArray();
  return { base: BigInt(`0x${Buffer.from(bytes).toString("hex")}`), prefix, bits: bytes.length === 4 ? 32 : 128 };
}

function format(value: bigint, bits: 32 | 128): string {
  const bytes = Buffer.from(value.toString(16).padStart(bits / 4, "0"), "hex");
  return ipaddr.fromByteArray([...bytes]).toString();
}

/** The part of `cidr` that node `node` (from 1) gives its pods: a sixteenth, e.g. `10.11.16.0/20` for node 2 of `10.11.0.0/16`. */
export function nodeRange(cidr: string, node: number): string {
  const { base, prefix, bits } = parse(cidr);
  const start = base + (BigInt(node - 1) << BigInt(bits - prefix - nodeBits));
  return `${format(start, bits)}/${prefix + nodeBits}`;
}

/** The last address but one of a range: for the caller in a member's network, in the sixteenth part, which no node has. */
export function callerAddress(cidr: string): string {
  const { base, prefix, bits } = parse(cidr);
  return format(base + (1n << BigInt(bits - prefix)) - 2n, bits);
}

/** The address with number `n` of a range, its first being 0. */
export function nthAddress(cidr: string, n: number): string {
  const { base, bits } = parse(cidr);
  return format(base + BigInt(n), bits);
}

export interface AddressPool {
  /** An address that nobody has; one given back comes last. @throws when all are taken. */
  take(): string;
  /** Marks one that somebody has already. */
  reserve(address: string): void;
  release(address: string): void;
}

/** The addresses of one range, without its first and last. */
export function addressPool(cidr: string): AddressPool {
  const { base, prefix, bits } = parse(cidr);
  const size = (1n << BigInt(bits - prefix)) - 2n;
  const taken = new Set<string>();
  let next = 0n;
  return {
    take() {
      for (let tried = 0n; tried < size; tried += 1n) {
        const address = format(base + 1n + (next % size), bits);
        next += 1n;
        if (taken.has(address)) continue;
        taken.add(address);
        return address;
      }
      throw new Error(`no address left in ${cidr}`);
    },
    reserve: (address) => void taken.add(address),
    release: (address) => void taken.delete(address),
  };
}
