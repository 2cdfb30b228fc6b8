/** What the Services of a member tell about it beside themselves. */
import { canonicalAddress } from "../../mcs/addresses";
import type { EndpointSlice, IPFamily, Key, Service } from "../../mcs/api";
import { ANNOTATION, isOurs, LABEL } from "../../mcs/marks";
import { Counted, Groups } from "./indexes";

/** The Service, in namespace default, by whose slices an API server tells its addresses. */
export const API_SERVER: Key = { namespace: "default", name: "kubernetes" };

export class ServiceIndex {
  readonly #derived = new Groups<Service>();
  readonly #families = new Counted<IPFamily>();
  readonly #addresses = new Counted<string>();

  /** See `Snapshot`. */
  readonly derived = this.#derived.all;
  readonly addresses = this.#addresses.values;

  get families(): readonly IPFamily[] {
    return (["IPv4", "IPv6"] as const).filter((family) => this.#families.values.has(family));
  }

  changed(before: Service | undefined, after: Service | undefined): void {
    if (after) {
      this.#families.add(familiesOf(after));
      this.#addresses.add(clusterIPsOf(after));
    }
    if (before) {
      this.#families.remove(familiesOf(before));
      this.#addresses.remove(clusterIPsOf(before));
    }
    if (isOurs(before)) this.#derived.remove(importOf(before!), before!);
    if (isOurs(after)) this.#derived.add(importOf(after!), after!);
  }

  sourceChanged(before: EndpointSlice | undefined, after: EndpointSlice | undefined): void {
    this.#addresses.add(apiServerAddresses(after));
    this.#addresses.remove(apiServerAddresses(before));
  }
}

function importOf(service: Service): string {
  return service.metadata.annotations?.[ANNOTATION.importRef] ?? "";
}

/**
 * Every Service with an address shows a family that its cluster has, `default/kubernetes` at least one: often that is all one needs to know.
 * A headless one shows nothing: without a selector it gets both families on any cluster.
 */
function familiesOf({ spec }: Service): readonly IPFamily[] {
  return spec.clusterIP && spec.clusterIP !== "None" ? (spec.ipFamilies ?? []) : [];
}

function clusterIPsOf({ spec }: Service): readonly string[] {
  return (spec.clusterIPs ?? []).map(canonicalAddress);
}

function apiServerAddresses(slice: EndpointSlice | undefined): readonly string[] {
  if (slice?.metadata.namespace !== API_SERVER.namespace) return [];
  if (slice.metadata.labels?.[LABEL.serviceName] !== API_SERVER.name) return [];
  return (slice.endpoints ?? []).flatMap(({ addresses }) => addresses.map(canonicalAddress));
}
