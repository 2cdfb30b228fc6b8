/** What stands in a member, without what differs from run to run: the same text twice, and two ways led to the same objects. */
import assert from "node:assert/strict";
import type { KubeObject, Service, ServiceImport } from "../../provider/mcs/api";
import { canonical } from "../../provider/mcs/canonical";
import { ANNOTATION, LABEL } from "../../provider/mcs/marks";
import type { AdminClient } from "../controlplane/admin";
import { type ListedKind, objectsOf } from "./objects";

type Api = AdminClient["api"];
type Loose = KubeObject & { readonly [field: string]: unknown };

const KINDS: readonly ListedKind[] = ["ServiceExport", "ServiceImport", "Service", "EndpointSlice", "ClusterProperty"];

/**
 * `Kind namespace/name` → the object as canonical JSON, of everything that carries our mark, sorted. Gone are uids, versions, times and
 * the addresses that a server allocates; that they agree with each other is asserted on the way: no slice belongs to an import that is gone, and
 * every import tells the addresses of its Service.
 * @param namespace only this one, called NAMESPACE in the result; everything when absent
 */
export async function normalised(api: Api, namespace?: string): Promise<readonly string[]> {
  const all = new Map(
    await Promise.all(
      KINDS.map(async (kind) => {
        const objects = await objectsOf<Loose>(api, kind);
        return [
          kind,
          objects.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace),
        ] as const;
      }),
    ),
  );
  const imports = (all.get("ServiceImport") ?? []) as unknown as readonly ServiceImport[];
  const services = (all.get("Service") ?? []) as unknown as readonly Service[];
  for (const one of imports)
    assert.deepEqual(one.spec.ips ?? [], addressesOf(one, services), `${one.metadata.name}: ips`);
  const uids = new Set(imports.map(({ metadata }) => metadata.uid));
  const texts = [...all].flatMap(([kind, objects]) =>
    objects
      .filter(({ metadata }) => metadata.labels?.[LABEL.managed] !== undefined)
      .map((object) => {
        for (const owner of object.metadata.ownerReferences ?? [])
          assert.ok(uids.has(owner.uid), `${kind} ${object.metadata.name} belongs to an import that is gone`);
        return `${kind} ${object.metadata.namespace ?? ""}/${object.metadata.name} ${canonical(lasting(object))}`;
      }),
  );
  return texts.map((text) => (namespace === undefined ? text : text.replaceAll(namespace, "NAMESPACE"))).sort();
}

function addressesOf({ metadata, spec }: ServiceImport, services: readonly Service[]): readonly string[] {
  const derived = metadata.annotations?.[ANNOTATION.derivedService];
  const service = services.find((s) => s.metadata.name === derived && s.metadata.namespace === metadata.namespace);
  return spec.type === "Headless" ? [] : (service?.spec.clusterIPs ?? []);
}

function lasting(object: Loose): unknown {
  const { metadata, spec, status, endpoints, ports, addressType } = object;
  const { constituents, ...annotations } = renamed(metadata.annotations ?? {});
  return {
    labels: metadata.labels,
    annotations: { ...annotations, ...(constituents !== undefined && { constituents: withoutTimes(constituents) }) },
    owners: (metadata.ownerReferences ?? []).map(({ kind, name }) => `${kind} ${name}`),
    spec: withoutAddresses((spec ?? {}) as Record<string, unknown>),
    status: withoutTimes(JSON.stringify(status ?? {})),
    slice: { endpoints, ports, addressType },
  };
}

/** An owner is another word each time that a resource is made: how many there are is what lasts. */
function renamed({ [ANNOTATION.constituents]: constituents, ...rest }: Readonly<Record<string, string>>) {
  const marks = [ANNOTATION.owner, ANNOTATION.place].filter((key) => key in rest);
  const counted = Object.fromEntries(marks.map((key) => [key, `${rest[key]!.split(",").length}`]));
  return { ...rest, ...counted, constituents } as Readonly<Record<string, string | undefined>>;
}

function withoutAddresses({ clusterIP, clusterIPs, ips, ...rest }: Record<string, unknown>): unknown {
  const count = (list: unknown) => (Array.isArray(list) ? list.length : 0);
  return { ...rest, headless: clusterIP === "None", addresses: count(clusterIPs), ips: count(ips) };
}

const TIMES: readonly string[] = ["since", "lastTransitionTime", "observedGeneration"];

function withoutTimes(json: string): unknown {
  return JSON.parse(json, (key, value: unknown) => (TIMES.includes(key) ? undefined : value));
}
