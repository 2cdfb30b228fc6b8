/** May this export take part? (KEP-1645, Exporting Services; API constants of the Valid and Ready conditions) */
import type { Service, ServiceExport } from "../api";
import { contractFaults } from "./contract";
import { exportedBytes } from "./exported-metadata";
import { areFamilies } from "./ip-families";
import { listed, quote } from "../quoting";
import { isLabelValue, isQualifiedName } from "../label-value";
import { EXPORTED_MAX_BYTES } from "../limits";
import { offerOf } from "./offer";

export type Validity =
  | { readonly state: "valid" }
  | { readonly state: "invalid"; readonly reason: "NoService" | "InvalidServiceType"; readonly message: string }
  /** What the export asks for, or what its Service says, cannot be put on an import or a derived Service. */
  | { readonly state: "failed"; readonly message: string }
  /** Being deleted: already out, and its status is nobody's business any more. */
  | { readonly state: "leaving" };

export function validity(serviceExport: ServiceExport, service: Service | undefined): Validity {
  const { namespace, name, deletionTimestamp } = serviceExport.metadata;
  if (deletionTimestamp) return { state: "leaving" };
  if (!service) {
    return {
      state: "invalid",
      reason: "NoService",
      message: `Service ${namespace}/${name} does not exist in this cluster`,
    };
  }
  if (service.spec.type === "ExternalName") {
    return {
      state: "invalid",
      reason: "InvalidServiceType",
      message: `Service ${namespace}/${name} is of type ExternalName, which cannot be exported`,
    };
  }
  const type = service.spec.type ?? "ClusterIP";
  if (!TYPES.includes(type)) {
    const message = `Service ${namespace}/${name} is of type ${quote(type)}, not ${TYPES.join(" or ")}`;
    return { state: "invalid", reason: "InvalidServiceType", message };
  }
  const illegal = [...illegalMetadata(serviceExport), ...illegalOffer(service, serviceExport)];
  if (illegal.length > 0) return { state: "failed", message: `not exported: ${listed(illegal)}` };
  return { state: "valid" };
}

const TYPES: readonly string[] = ["ClusterIP", "NodePort", "LoadBalancer"];

/** No API server stores such a Service, so only a member that is not what it should be has one; no other could make the derived Service of it. */
function illegalOffer(service: Service, serviceExport: ServiceExport): readonly string[] {
  const offer = offerOf(service, serviceExport);
  const families = offer.ipFamilies;
  return [
    ...contractFaults(offer).map((fault) => `its Service: ${fault}`),
    ...(areFamilies(families)
      ? []
      : [`its Service: ipFamilies ${quote(families.slice(0, 3).join(","))} are not IPv4, IPv6 or both`]),
  ];
}

/**
 * The export's schema takes any key and value; the API server then refuses the import that carries them. Found here, one export is
 * not ready; found there, the service would be broken for all.
 */
function illegalMetadata(serviceExport: ServiceExport): string[] {
  const { exportedLabels = {}, exportedAnnotations = {} } = serviceExport.spec ?? {};
  const size = exportedBytes({ labels: exportedLabels, annotations: exportedAnnotations });
  return [
    ...Object.keys(exportedLabels)
      .filter((key) => !isQualifiedName(key))
      .map((key) => `exportedLabels key ${quote(key)} is not a label key`),
    ...Object.entries(exportedLabels)
      .filter(([, value]) => !isLabelValue(value))
      .map(([key]) => `the value of exportedLabels key ${quote(key)} is not a label value`),
    ...Object.keys(exportedAnnotations)
      .filter((key) => !isQualifiedName(key.toLowerCase()))
      .map((key) => `exportedAnnotations key ${quote(key)} is not an annotation key`),
    ...(size > EXPORTED_MAX_BYTES
      ? [
          `exportedLabels and exportedAnnotations are ${size} bytes, their keys counted twice, more than ${EXPORTED_MAX_BYTES}`,
        ]
      : []),
  ];
}
