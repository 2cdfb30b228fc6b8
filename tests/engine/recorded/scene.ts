/** The service that is recorded, and the objects of a recording made again in other clusters. */
import type { EndpointSlice, KubeObject } from "../../../provider/mcs/api";
import { mcsCrds } from "../../../provider/kube/crds/mcs-crds";
import { connect } from "../../../provider/kube/connect";
import { LABEL, MANAGER } from "../../../provider/mcs/marks";
import { ensureCrds } from "../../../provider/reconcile/membership/ensure-crds";
import { type ListedKind, objectsOf } from "../../support/objects";
import type { Members, Program } from "../clusterset-stack";
import { withValues, wordsOf } from "./placeholders";

/** Every kind of resource. */
export const program: Program = {
  services: { serve: { namespace: "default", exportFrom: ["member1"], importTo: ["member2"] } },
  exports: { "other-out": { namespace: "default", name: "other", cluster: "member1" } },
  imports: { "other-in": { namespace: "default", name: "other", cluster: "member2", derivedName: "other-far" } },
};

/** Beside them a service whose endpoints do not come in time. */
export const partial: Program = {
  ...program,
  services: {
    ...program.services,
    late: { namespace: "default", exportFrom: ["member1"], importTo: ["member2"], await: { timeoutSeconds: 2 } },
  },
};

const services = "/api/v1/namespaces/default/services";
const slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";

/** What member1 exports, by hand: pods get other addresses each time. */
export async function workload(members: Members): Promise<void> {
  const api = members.api("member1");
  for (const [n, name] of ["serve", "other", "late"].entries()) {
    await api("POST", services, {
      metadata: { name },
      spec: { ports: [{ name: "http", port: 80, targetPort: 8080 }] },
    });
    const addresses = name === "late" ? [] : [`10.11.0.${n + 1}`];
    await api("POST", slices, endpoints(name, addresses));
  }
}

/** Gives a service of the workload other endpoints. */
export async function serveFrom(members: Members, name: string, addresses: readonly string[]): Promise<void> {
  await members.api("member1")("PATCH", `${slices}/${name}-1`, { endpoints: endpoints(name, addresses).endpoints });
}

function endpoints(name: string, addresses: readonly string[]): EndpointSlice {
  return {
    metadata: { name: `${name}-1`, labels: { [LABEL.serviceName]: name } },
    addressType: "IPv4",
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ name: "http", protocol: "TCP", port: 8080 }],
  };
}

export interface RecordedObject {
  readonly member: string;
  readonly kind: ListedKind;
  readonly object: KubeObject & { readonly status?: unknown };
}

const collections = {
  ServiceExport: "/apis/multicluster.x-k8s.io/v1beta1/namespaces/default/serviceexports",
  ServiceImport: "/apis/multicluster.x-k8s.io/v1beta1/namespaces/default/serviceimports",
  Service: services,
  EndpointSlice: slices,
} as const;
/** Owners before what they own. */
const KINDS = Object.keys(collections) as readonly (keyof typeof collections)[];

/** All that carries our mark, without what a server adds. */
export async function objectsNow(members: Members): Promise<readonly RecordedObject[]> {
  const found: RecordedObject[] = [];
  for (const member of members.ids) {
    for (const kind of KINDS) {
      const all = (await objectsOf<RecordedObject["object"]>(members.api(member), kind)).filter(
        ({ metadata }) => metadata.labels?.[LABEL.managed] !== undefined,
      );
      found.push(...all.map((object) => ({ member, kind, object: withoutServer(object) })));
    }
  }
  return found;
}

function withoutServer(object: RecordedObject["object"]): RecordedObject["object"] {
  const { name, namespace, labels, annotations, ownerReferences } = object.metadata;
  return { ...object, metadata: { name, namespace, labels, annotations, ...(ownerReferences && { ownerReferences }) } };
}

/** Makes the recorded objects as the recorded release did: its CRDs, its field manager, its status. */
export async function restore(members: Members, recorded: readonly RecordedObject[]): Promise<void> {
  for (const id of members.ids) {
    const member = await connect({ id, kubeconfig: members.clusters.members[id]!.kubeconfig });
    await ensureCrds(member, { policy: "install", definitions: mcsCrds });
    await member.close();
  }
  for (const kind of KINDS) {
    for (const { member, object } of recorded.filter((it) => it.kind === kind)) {
      const api = members.api(member);
      const { status, ...body } = object;
      const path = collections[kind as keyof typeof collections];
      await api("POST", `${path}?fieldManager=${MANAGER}`, withValues(body, await wordsOf(members)));
      if (kind !== "ServiceExport" && kind !== "ServiceImport") continue;
      // Only now the object has a time of its own.
      const told = withValues({ status }, await wordsOf(members));
      await api("PATCH", `${path}/${object.metadata.name}/status?fieldManager=${MANAGER}`, told);
    }
  }
}
