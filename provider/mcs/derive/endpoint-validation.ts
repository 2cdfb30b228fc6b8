/**
 * Which endpoints of an exporting cluster other clusters may take. A cluster says what it likes about its endpoints, and kube-proxy elsewhere
 * believes it: so one that never can be a pod's, or that lies where its cluster has no pods, is left out, and told. The API server would
 * refuse the whole slice for some of them, and the good endpoints with it.
 */
import type { Endpoint, EndpointSlice, IPFamily } from "../api";
import { parse, readAddress, within } from "../addresses";
import type { Address, Parsed } from "../addresses";
import { quote } from "../quoting";
import { isDnsLabel } from "../label-value";
import { ADDRESSES_MAX } from "../limits";

export interface RejectedEndpoint {
  /** `address "127.0.0.1" is a loopback address` */
  readonly what: string;
  /** `form`: no endpoint may be so. `pods`: it is not in the exporting cluster's pod ranges. `importer`: it is the importing cluster's own. */
  readonly rule: "form" | "pods" | "importer";
}

/** An endpoint after the rules that hold whoever imports it. */
export interface ValidatedEndpoint {
  readonly given: Endpoint;
  /** With its addresses in canonical form; absent where no cluster may take it. */
  readonly taken?: Endpoint;
  /** In canonical form and the order of `given`, up to the first that is forbidden. */
  readonly addresses: readonly string[];
  /** At the place of an address the one that it carries (addresses.ts): hardly ever any. */
  readonly carried: readonly (string | undefined)[];
  readonly rejected?: RejectedEndpoint;
}

/**
 * Slices of which every endpoint may be taken as it is written, and the pod ranges by which that was found. A reading of a member serves many
 * decisions, and nobody edits it: so the addresses in it are parsed once. What is remembered of a slice is no more than this, as there may be
 * millions of addresses.
 */
const sound = new WeakMap<EndpointSlice, readonly string[] | undefined>();

/** @param podCIDRs pod ranges of the exporting cluster: no endpoint may be elsewhere. Default: anywhere */
export function sliceValidator(
  podCIDRs: readonly string[] | undefined,
): (slice: EndpointSlice) => readonly ValidatedEndpoint[] {
  const isPod = podCIDRs ? within(podCIDRs) : () => true;
  return (slice) => {
    const { addressType, endpoints } = slice;
    if (sound.has(slice) && sound.get(slice) === podCIDRs) return (endpoints ?? []).map(asItIs);
    const validated = (endpoints ?? []).map((endpoint) => validate(endpoint, addressType, isPod));
    if (validated.every(({ given, taken, carried }) => taken === given && carried.length === 0))
      sound.set(slice, podCIDRs);
    return validated;
  };
}

function asItIs(given: Endpoint): ValidatedEndpoint {
  return { given, taken: given, addresses: given.addresses, carried: [] };
}

function validate(
  given: Endpoint,
  family: EndpointSlice["addressType"],
  isPod: (address: Parsed) => boolean,
): ValidatedEndpoint {
  const fault = formFault(given, family);
  if (fault) return { given, addresses: [], carried: [], rejected: { what: fault, rule: "form" } };
  const addresses: string[] = [];
  const carried: (string | undefined)[] = [];
  for (const text of given.addresses) {
    const address = readAddress(text, family as IPFamily);
    const rejected = "fault" in address ? rejection("form", text, address.fault) : outside(text, address, isPod);
    if ("fault" in address || rejected) return { given, addresses, carried, rejected };
    if (address.carried) carried[addresses.length] = address.carried.text;
    addresses.push(address.text);
  }
  const isCanonical = addresses.every((text, at) => text === given.addresses[at]);
  return { given, taken: isCanonical ? given : { ...given, addresses }, addresses, carried };
}

function outside(
  given: string,
  { parsed }: Address,
  isPod: (address: Parsed) => boolean,
): RejectedEndpoint | undefined {
  return isPod(parsed) ? undefined : rejection("pods", given, "is outside its podCIDRs");
}

/** What an importing cluster has itself, and no other cluster's endpoint may have. */
export interface OwnAddresses {
  /** Of its Services and its API server, in canonical form. */
  readonly ownAddresses?: ReadonlySet<string>;
  /** Service ranges, where the program gives them. */
  readonly serviceCIDRs?: readonly string[];
}

export interface Owned {
  readonly endpoint: ValidatedEndpoint;
  readonly rejected: RejectedEndpoint;
}

/** Those that an importing cluster may not take, beside the rules for all. There hardly ever are any: whether there are is found out first. */
export function ownedValidator(endpoints: readonly ValidatedEndpoint[]): (own: OwnAddresses) => readonly Owned[] {
  const texts = new Set(endpoints.flatMap(reached));
  let parsed: ReadonlyMap<string, Parsed> | undefined;
  return ({ ownAddresses = NONE, serviceCIDRs = [] }) => {
    const own = texts.intersection(ownAddresses);
    if (serviceCIDRs.length > 0) {
      const isService = within(serviceCIDRs);
      parsed ??= parsedOf(texts);
      for (const [text, address] of parsed) if (isService(address)) own.add(text);
    }
    return own.size === 0 ? [] : endpoints.flatMap((endpoint) => owned(endpoint, own));
  };
}

const NONE: ReadonlySet<string> = new Set();

/** All to which packets for it may go. */
function reached({ addresses, carried }: ValidatedEndpoint): readonly string[] {
  return carried.length === 0 ? addresses : [...addresses, ...carried.filter((it) => it !== undefined)];
}

function parsedOf(texts: ReadonlySet<string>): ReadonlyMap<string, Parsed> {
  return new Map(
    [...texts].flatMap((text) => {
      const address = parse(text, text.includes(":") ? "IPv6" : "IPv4");
      return address ? [[text, address] as const] : [];
    }),
  );
}

function owned(endpoint: ValidatedEndpoint, own: ReadonlySet<string>): readonly Owned[] {
  const { given, addresses, carried } = endpoint;
  const at = addresses.findIndex((text, n) => own.has(text) || own.has(carried[n] ?? ""));
  if (at < 0) return [];
  const why = "belongs to a Service or the API server there";
  return [{ endpoint, rejected: rejection("importer", given.addresses[at]!, why) }];
}

function rejection(rule: RejectedEndpoint["rule"], given: string, why: string): RejectedEndpoint {
  return { what: `address ${quote(given)} ${why}`, rule };
}

function formFault({ addresses, hostname }: Endpoint, family: EndpointSlice["addressType"]): string | undefined {
  const [address] = addresses;
  if (address === undefined) return "an endpoint lists no address";
  if (family !== "IPv4" && family !== "IPv6") return `${quote(address)} is a host name, not an address`;
  if (addresses.length > ADDRESSES_MAX)
    return `an endpoint lists ${addresses.length} addresses, more than ${ADDRESSES_MAX}`;
  return hostname && !isDnsLabel(hostname)
    ? `the endpoint ${quote(address)} has the host name ${quote(hostname)}, which is no DNS label`
    : undefined;
}
