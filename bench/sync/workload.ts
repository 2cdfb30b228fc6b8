/** What people and pods do to a clusterset, for whoever keeps it current: services are exported and imported, slices change. */
import { request } from "undici";
import type { Values } from "../report/results";
import { quantile } from "simple-statistics";
import type { BenchMembers } from "../setting/members";
import { atOnce } from "../setting/at-once";
import { changedAddress, changeServices, serviceName } from "../setting/services";
import type { Imported, Importer } from "./importer";

export interface Between {
  readonly members: BenchMembers;
  readonly namespace: string;
  readonly exporter: string;
  readonly importer: string;
}

const MCS = "apis/multicluster.x-k8s.io/v1beta1";
const WRITERS = 16;

/** Through the proxies, so that a bare pool can send them again. Services of these numbers: from (included) to (left out). */
export async function offer({ members, namespace, exporter, importer }: Between, from: number, to: number) {
  const collection = `${MCS}/namespaces/${namespace}`;
  await atOnce(WRITERS, numbers(from, to), async (n) => {
    const of = { apiVersion: "multicluster.x-k8s.io/v1beta1", metadata: { name: serviceName(n) } };
    const spec = { type: "ClusterSetIP", ports: [{ name: "http", port: 80, protocol: "TCP" }] };
    await Promise.all([
      post(`${members.url(exporter)}/${collection}/serviceexports`, { ...of, kind: "ServiceExport" }),
      post(`${members.url(importer)}/${collection}/serviceimports`, { ...of, kind: "ServiceImport", spec }),
    ]);
  });
}

async function post(url: string, body: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  const answer = await request(url, { method: "POST", headers, body: JSON.stringify(body) });
  const said = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`${url}: ${answer.statusCode} ${said.slice(0, 200)}`);
}

/** All that makes it callable. @param endpoints of the service */
export const stands =
  (endpoints: number) =>
  ({ addresses, service }: Imported): boolean =>
    service !== undefined && addresses.size >= endpoints;

/** The service in that round of changes. */
export const changed = ({ members, exporter }: Between, n: number, round: number) => {
  const address = changedAddress(members, exporter, n, round);
  return ({ addresses }: Imported): boolean => addresses.has(address);
};

/**
 * A pod of each of so many services has another address: milliseconds until each stands in the importer, from the moment at which the first of
 * them was sent.
 */
export async function changeAtOnce(between: Between, importer: Importer, to: number, round: number) {
  const { members, namespace, exporter } = between;
  const begun = performance.now();
  const arrived = numbers(0, to).map((n) => importer.until(serviceName(n), changed(between, n, round)));
  await changeServices(members, { namespace, exporters: [exporter], to, endpoints: 0 }, round);
  return (await Promise.all(arrived)).map((at) => at - begun);
}

export function spread(milliseconds: readonly number[]): Values {
  const all = [...milliseconds];
  return { medianMs: quantile(all, 0.5), p99Ms: quantile(all, 0.99), maxMs: Math.max(...all) };
}

export function numbers(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}
