/**
 * Which endpoints of an exporting cluster other clusters may take. A cluster says what it likes about its endpoints, and kube-proxy elsewhere
 * believes it: so one that never can be a pod's, or that lies where its cluster has no pods, is left out, and told. The API server would
 * refuse the whole slice for some of them, and the good endpoints with it.
 */
import type { Endpoint, EndpointSlice, IPFamily } from "../api";
import { addressFault, canonicalAddress, carriedAddress, within } from "../addresses";
import { quote } from "../quoting";
import { isDnsLabel } from "../label-value";
import { ADDRESSES_MAX } from "../limits";
import type { MemberService } from "../observed";

/** What holds of one exporting and one importing cluster, beside the rules for all. */
export interface Bounds {
  /** Pod ranges of the exporting cluster, where the program gives them: no endpoint may be elsewhere. */
  readonly podCIDRs?: readonly string[];
  /** The importing cluster's own addresses: of its Services and its API server. Absent where the two are one cluster. */
  readonly own?: ReadonlySet<string>;
  /** Service ranges of the importing cluster, where the program gives them; likewise. */
  readonly serviceCIDRs?: readonly string[];
}

export function boundsBetween(
  exporter: { readonly id: string; readonly service: Pick<MemberService, "podCIDRs"> },
  importer: { readonly id: string; readonly service: Pick<MemberService, "ownAddresses" | "serviceCIDRs"> },
): Bounds {
  const { podCIDRs } = exporter.service;
  const { ownAddresses: own, serviceCIDRs } = importer.service;
  return { podCIDRs, ...(exporter.id !== importer.id && { own, serviceCIDRs }) };
}

export interface RejectedEndpoint {
  /** `address "127.0.0.1" is a loopback address` */
  readonly what: string;
  /** `form`: no endpoint may be so. `pods`: it is not in the exporting cluster's pod ranges. `importer`: it is the importing cluster's own. */
  readonly rule: "form" | "pods" | "importer";
}

export type EndpointValidator = (slice: EndpointSlice) => {
  readonly endpoints: readonly Endpoint[];
  readonly rejected: readonly RejectedEndpoint[];
};

export function endpointValidator({ podCIDRs, own, serviceCIDRs = [] }: Bounds): EndpointValidator {
  const isPod = podCIDRs && within(podCIDRs);
  const isService = within(serviceCIDRs);

  const addressLeftOut = (given: string, family: IPFamily): RejectedEndpoint | undefined => {
    const address = canonicalAddress(given);
    const as = (rule: RejectedEndpoint["rule"], why: string): RejectedEndpoint => ({
      what: `address ${quote(given)} ${why}`,
      rule,
    });
    const fault = addressFault(address, family);
    if (fault) return as("form", fault);
    if (isPod && !isPod(address)) return as("pods", "is outside its podCIDRs");
    const reached = [address, carriedAddress(address) ?? address];
    return reached.some((one) => own?.has(one) || isService(one))
      ? as("importer", "belongs to a Service or the API server there")
      : undefined;
  };
  const endpointLeftOut = (endpoint: Endpoint, family: EndpointSlice["addressType"]): RejectedEndpoint | undefined => {
    const fault = formFault(endpoint, family);
    if (fault) return { what: fault, rule: "form" };
    for (const address of endpoint.addresses) {
      const found = addressLeftOut(address, family as IPFamily);
      if (found) return found;
    }
    return undefined;
  };

  return (slice) => {
    const endpoints: Endpoint[] = [];
    const rejected: RejectedEndpoint[] = [];
    for (const endpoint of slice.endpoints ?? []) {
      const found = endpointLeftOut(endpoint, slice.addressType);
      if (found) rejected.push(found);
      else endpoints.push(endpoint);
    }
    return { endpoints, rejected };
  };
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
