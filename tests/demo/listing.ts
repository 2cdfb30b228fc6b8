/** `kubectl get` of what the walk-through makes in the importing member. */
import type { EndpointSlice, Service, ServiceImport } from "../../provider/mcs/api";
import { LABEL } from "../../provider/mcs/marks";
import type { AdminClient } from "../controlplane/admin";
import { objectsOf } from "../support/objects";
import type { Screen } from "./screen";

type Api = AdminClient["api"];

const derived = "derived-serve";

export async function derivedService(api: Api): Promise<Service | undefined> {
  return (await objectsOf<Service>(api, "Service")).find(({ metadata }) => metadata.name === derived);
}

export async function importedSlices(api: Api): Promise<readonly EndpointSlice[]> {
  const slices = await objectsOf<EndpointSlice>(api, "EndpointSlice");
  return slices.filter(({ metadata }) => metadata.labels?.[LABEL.serviceName] === derived);
}

export function addressesIn(slices: readonly EndpointSlice[]): readonly string[] {
  return slices.flatMap(({ endpoints }) => endpoints ?? []).flatMap(({ addresses }) => addresses);
}

/** The ServiceImport, the derived Service and its slices. */
export async function showImport(api: Api, screen: Screen): Promise<void> {
  const imports = await objectsOf<ServiceImport>(api, "ServiceImport");
  screen.line("$ kubectl --context member2 get serviceimports");
  screen.table(
    ["NAME", "TYPE", "IP"],
    imports.map(({ metadata, spec }) => [metadata.name, spec?.type ?? "", spec?.ips?.join(",") ?? ""]),
  );
  screen.line(`$ kubectl --context member2 get service ${derived}`);
  const service = await derivedService(api);
  screen.table(["NAME", "TYPE", "CLUSTER-IP", "PORT(S)"], service === undefined ? [] : [serviceRow(service)]);
  screen.line(`$ kubectl --context member2 get endpointslices -l ${LABEL.serviceName}=${derived}`);
  screen.table(["NAME", "PORTS", "ENDPOINTS", "FROM"], (await importedSlices(api)).map(sliceRow));
}

function serviceRow({ metadata, spec }: Service): string[] {
  const ports = (spec.ports ?? []).map(({ port, protocol }) => `${port}/${protocol ?? "TCP"}`);
  return [metadata.name, spec.type ?? "", spec.clusterIPs?.join(",") ?? "", ports.join(",")];
}

function sliceRow(slice: EndpointSlice): string[] {
  const ports = (slice.ports ?? []).map(({ port }) => String(port));
  const source = slice.metadata.labels?.[LABEL.sourceCluster] ?? "";
  return [slice.metadata.name, ports.join(","), addressesIn([slice]).join(","), source];
}
