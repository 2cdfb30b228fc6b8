/** Environment variables of a container: values, and what its manifest takes from the pod. */
import type { Container, Pod } from "../controlplane/pods";

export function environmentOf(pod: Pod, container: Container, addresses: readonly string[]): Record<string, string> {
  const entries = (container.env ?? []).map(({ name, value, valueFrom }) => {
    const field = valueFrom?.fieldRef?.fieldPath;
    return [name, field === undefined ? (value ?? "") : fieldOf(pod, field, addresses)] as const;
  });
  return Object.fromEntries(entries);
}

/** @throws for a field that nobody here has asked for yet */
function fieldOf({ metadata, spec }: Pod, field: string, addresses: readonly string[]): string {
  switch (field) {
    case "metadata.name":
      return metadata.name;
    case "metadata.namespace":
      return metadata.namespace;
    case "spec.nodeName":
      return spec.nodeName ?? "";
    case "status.podIP":
      return addresses[0] ?? "";
    case "status.podIPs":
      return addresses.join(",");
    default:
      throw new Error(`pod ${metadata.namespace}/${metadata.name}: the fake kubelet knows no field ${field}`);
  }
}
