/** The walk-through's workload in a member, from the quickstart's manifest: applied, scaled and waited for as with kubectl. */
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import type { EndpointSlice } from "../../provider/mcs/api";
import type { AdminClient } from "../controlplane/admin";
import { waitFor } from "../controlplane/wait";

type Api = AdminClient["api"];

export const serveManifest = path.join(__dirname, "../../examples/quickstart/serve.yaml");

const collections: Readonly<Record<string, string>> = {
  Deployment: "/apis/apps/v1/namespaces/default/deployments",
  Service: "/api/v1/namespaces/default/services",
};

/** Applies Deployment and Service `serve` with `replicas` pods, and resolves when all are ready endpoints. */
export async function deployServe(api: Api, replicas = 1): Promise<void> {
  for (const document of parseAllDocuments(readFileSync(serveManifest, "utf8"))) {
    const object = document.toJS() as { kind: string };
    await api("POST", collections[object.kind] ?? "", object);
  }
  await scaleServe(api, replicas);
}

/** Changes the number of pods and resolves when the Service's endpoints have followed. */
export async function scaleServe(api: Api, replicas: number): Promise<void> {
  await api("PATCH", `${collections["Deployment"]}/serve`, { spec: { replicas } });
  await waitFor(`${replicas} ready endpoints of Service serve`, async () => {
    return (await serveAddresses(api)).length === replicas ? true : undefined;
  });
}

/** Deletes all pods at once; resolves with the addresses of those that took their place. */
export async function replacePods(api: Api): Promise<readonly string[]> {
  const before = await serveAddresses(api);
  await api("DELETE", "/api/v1/namespaces/default/pods?labelSelector=app%3Dserve");
  return waitFor("new pods of serve", async () => {
    const now = await serveAddresses(api);
    return now.length === before.length && now.every((address) => !before.includes(address)) ? now : undefined;
  });
}

/** Ready addresses of Service `serve`, as Kubernetes' own controller wrote them. */
export async function serveAddresses(api: Api): Promise<readonly string[]> {
  const selector = encodeURIComponent("kubernetes.io/service-name=serve");
  const list = `/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=${selector}`;
  const { items } = (await api("GET", list)) as { items: readonly EndpointSlice[] };
  const endpoints = items.flatMap((slice) => slice.endpoints ?? []);
  return endpoints.filter(({ conditions }) => conditions?.ready === true).flatMap(({ addresses }) => addresses);
}
