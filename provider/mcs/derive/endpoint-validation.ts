/**
 * Which endpoints of an exporting cluster other clusters may take. A cluster says what it likes about its endpoints, and kube-proxy elsewhere
 * believes it: so one that never can be a pod's, or that lies where its cluster has no pods, is left out, and told. The API server would
 * refuse the whole slice for some of them, and the good endpoints with it.
 */
import type { Endpoint, EndpointSlice, IPFamily } from "../api";
import { readAddress, within } from "../addresses";
import type { Address } from "../addresses";
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
  /** Those of `given` in their order, up to the first that is forbidden: all of them where `rejected` is absent. */
  readonly addresses: readonly Address[];
  readonly rejected?: RejectedEndpoint;
}

export type EndpointValidator = (endpoint: Endpoint, family: EndpointSlice["addressType"]) => ValidatedEndpoint;

/** @param podCIDRs pod ranges of the exporting cluster: no endpoint may be elsewhere. Default: anywhere */
export function endpointValidator(podCIDRs: readonly string[] | undefined): EndpointValidator {
  const isPod = podCIDRs ? within(podCIDRs) : () => true;
  return (given, family) => {
    const fault = formFault(given, family);
    if (fault) return { given, addresses: [], rejected: { what: fault, rule: "form" } };
    const addresses: Address[] = [];
    for (const text of given.addresses) {
      const address = readAddress(text, family as IPFamily);
      if ("fault" in address) return { given, addresses, rejected: rejection("form", text, address.fault) };
      if (!isPod(address)) return { given, addresses, rejected: rejection("pods", text, "is outside its podCIDRs") };
      addresses.push(address);
    }
    return { given, addresses };
  };
}

/** What an importing cluster has itself, and no other cluster's endpoint may have. */
export interface OwnAddresses {
  /** Of its Services and its API server, in canonical form. */
  readonly ownAddresses?: ReadonlySet<string>;
  /** Service ranges, where the program gives them. */
  readonly serviceCIDRs?: readonly string[];
}

/** Those that an importing cluster may not take, beside the rules for all: hardly ever any, so that is found out first. */
export function ownedValidator(endpoints: readonly ValidatedEndpoint[]): (own: OwnAddresses) => readonly Owned[] {
  const addresses = endpoints.flatMap((it) => it.addresses).flatMap((it) => (it.carried ? [it, it.carried] : [it]));
  const texts = new Set(addresses.map(({ text }) => text));
  return ({ ownAddresses = NONE, serviceCIDRs = [] }) => {
    const isService = within(serviceCIDRs);
    const isOwn = (it: Address) => ownAddresses.has(it.text) || isService(it);
    if (texts.isDisjointFrom(ownAddresses) && !(serviceCIDRs.length > 0 && addresses.some(isService))) return [];
    return endpoints.flatMap((endpoint) => {
      const at = endpoint.addresses.findIndex((it) => isOwn(it) || (it.carried && isOwn(it.carried)));
      if (at < 0) return [];
      const why = "belongs to a Service or the API server there";
      return [{ endpoint, rejected: rejection("importer", endpoint.given.addresses[at]!, why) }];
    });
  };
}

export interface Owned {
  readonly endpoint: ValidatedEndpoint;
  readonly rejected: RejectedEndpoint;
}

const NONE: ReadonlySet<string> = new Set();

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
