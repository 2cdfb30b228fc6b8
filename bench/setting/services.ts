/** The workload: Services without pods, their EndpointSlices written as the controller would, the same in every run. */
import { ApiError, type AdminClient } from "../../tests/controlplane/admin";
import { atOnce } from "./at-once";
import type { BenchMembers } from "./members";

export interface Workload {
  readonly namespace: string;
  /** Members that have the Services. */
  readonly exporters: readonly string[];
  /** Numbers of the Services: from (included) and to (left out). */
  readonly from?: number;
  readonly to: number;
  /** Of a Service, in each exporter. */
  readonly endpoints: number;
}

/** As many as the EndpointSlice controller puts into one. */
const SLICE = 100;
const WRITERS = 16;
const SLICES = "/apis/discovery.k8s.io/v1";
const MCS = "/apis/multicluster.x-k8s.io/v1beta1";

export function serviceName(n: number): string {
  return `service-${n}`;
}

/** The namespace in every member, and the Services in the exporters. */
export async function makeServices(members: BenchMembers, workload: Workload): Promise<void> {
  const { namespace, exporters, from = 0, to, endpoints } = workload;
  for (const id of members.ids)
    await members
      .api(id)("POST", "/api/v1/namespaces", { metadata: { name: namespace } })
      .catch(ifThere);
  for (const id of exporters) {
    const api = members.api(id);
    const octet = podOctet(members.ids.indexOf(id));
    await atOnce(WRITERS, numbers(from, to), async (n) => {
      await api("POST", `/api/v1/namespaces/${namespace}/services`, service(n));
      for (const slice of slices(n, endpoints, octet))
        await api("POST", `${SLICES}/namespaces/${namespace}/endpointslices`, slice);
    });
  }
}

/** A pod of each of these Services has another address afterwards. @param round as often as it was called: no address comes twice */
export async function changeServices(members: BenchMembers, workload: Workload, round: number): Promise<void> {
  const id = workload.exporters[0]!;
  await atOnce(WRITERS, numbers(workload.from ?? 0, workload.to), (n) => {
    const path = `${SLICES}/namespaces/${workload.namespace}/endpointslices/${serviceName(n)}-0`;
    const change = [{ op: "replace", path: "/endpoints/0/addresses/0", value: changedAddress(members, id, n, round) }];
    return members.api(id)("PATCH", path, change, { "content-type": "application/json-patch+json" });
  });
}

/** What service n of that member has got in a round. Out of the upper half of the range, which `slices` leaves free. */
export function changedAddress(members: BenchMembers, id: string, n: number, round: number): string {
  return `10.${podOctet(members.ids.indexOf(id))}.${128 + round}.${1 + (n % 250)}`;
}

/** Everything in the namespace that the benchmark or the package made, in every member; the namespace stays. */
export async function clearNamespace(members: BenchMembers, namespace: string): Promise<void> {
  await Promise.all(members.ids.map((id) => clear(members.api(id), namespace)));
}

async function clear(api: AdminClient["api"], namespace: string): Promise<void> {
  const collections = [
    `${MCS}/namespaces/${namespace}/serviceimports`,
    `${MCS}/namespaces/${namespace}/serviceexports`,
  ];
  for (const path of [...collections, `/api/v1/namespaces/${namespace}/services`])
    await api("DELETE", path).catch(ifAbsent);
  // After the Services: nobody makes slices for them anew.
  await api("DELETE", `${SLICES}/namespaces/${namespace}/endpointslices`);
}

function service(n: number): object {
  return { metadata: { name: serviceName(n) }, spec: { ports: [{ name: "http", port: 80, targetPort: 8080 }] } };
}

function slices(n: number, endpoints: number, octet: number): readonly object[] {
  return Array.from({ length: Math.ceil(endpoints / SLICE) }, (_, at) => ({
    metadata: { name: `${serviceName(n)}-${at}`, labels: { "kubernetes.io/service-name": serviceName(n) } },
    addressType: "IPv4",
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    endpoints: Array.from({ length: Math.min(SLICE, endpoints - at * SLICE) }, (_, e) => ({
      addresses: [address(octet, n * endpoints + at * SLICE + e)],
      conditions: { ready: true, serving: true, terminating: false },
    })),
  }));
}

/** The lower half of the member's pod range, again from its beginning where it is used up: two Services may share a pod. */
function address(octet: number, at: number): string {
  const place = at % (128 * 250);
  return `10.${octet}.${Math.floor(place / 250)}.${1 + (place % 250)}`;
}

/** Of the member's pod range (tests/controlplane/ranges.ts). @param at place of the member, from 0 */
function podOctet(at: number): number {
  return 11 + at;
}

function numbers(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

function ifThere(error: unknown): void {
  if (!(error instanceof ApiError && error.status === 409)) throw error;
}

/** The collection of a CRD that is not installed. */
function ifAbsent(error: unknown): void {
  if (!(error instanceof ApiError && error.status === 404)) throw error;
}
