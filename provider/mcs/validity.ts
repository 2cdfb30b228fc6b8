/** May this export take part? (KEP-1645, Exporting Services; API constants of the Valid and Ready conditions) */
import type { Service, ServiceExport } from "./api";
import { exportedKeysText } from "./exported-metadata";
import { isLabelValue } from "./label-value";

export type Validity =
  | { readonly state: "valid" }
  | { readonly state: "invalid"; readonly reason: "NoService" | "InvalidServiceType"; readonly message: string }
  /** The Service could be exported, but what the export asks for cannot be put on an import. */
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
  const illegal = illegalMetadata(serviceExport);
  if (illegal.length > 0) return { state: "failed", message: `not exported: ${illegal.join("; ")}` };
  return { state: "valid" };
}

const KEY_NAME = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const KEY_PREFIX = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** Of the 256 KiB of annotations that an object may carry, in bytes; the rest stays free for our own and other people's. */
export const EXPORTED_MAX = 160 * 1024;

/**
 * The export's schema takes any key and value; the API server then refuses the import that carries them. Found here, one export is
 * not ready; found there, the service would be broken for all.
 */
function illegalMetadata(serviceExport: ServiceExport): string[] {
  const { exportedLabels = {}, exportedAnnotations = {} } = serviceExport.spec ?? {};
  const size =
    bytes(exportedKeysText({ labels: exportedLabels, annotations: exportedAnnotations })) +
    Object.entries(exportedAnnotations).reduce((sum, [key, value]) => sum + bytes(key) + bytes(value), 0);
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
    ...(size > EXPORTED_MAX
      ? [`exportedAnnotations, and the keys of both maps again, are more than ${EXPORTED_MAX} bytes`]
      : []),
  ];
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** The API's rule for label keys, and for appProtocol: an optional DNS prefix and a name of at most 63. */
export function isQualifiedName(key: string): boolean {
  const slash = key.indexOf("/");
  if (slash < 0) return KEY_NAME.test(key);
  const prefix = key.slice(0, slash);
  return prefix.length <= 253 && KEY_PREFIX.test(prefix) && KEY_NAME.test(key.slice(slash + 1));
}

/** A key is foreign text on its way into a condition: keep it short, and JSON's escapes keep it on one line. */
function quote(key: string): string {
  return JSON.stringify(key.length > 80 ? `${key.slice(0, 80)}…` : key);
}
