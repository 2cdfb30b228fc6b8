/** PURE. What the imports have no room to remember of their exporters, and what that will mean once one of these cannot be read. */
import { MEMORY_MAX_BYTES } from "../../mcs/limits";
import { memoryOf } from "../../mcs/merge/memory";
import type { Deciding } from "./deciding";
import type { Finding } from "../intent";

export function forgotten({ imported, intent }: Deciding): readonly Finding[] {
  if (!imported || intent.importTo.length === 0) return [];
  const memory = memoryOf(imported.constituents);
  const service = `Service ${intent.key.namespace}/${intent.key.name}`;
  const finding = (clusters: readonly string[], tell: (clusters: string) => string): readonly Finding[] => {
    const few = clusters.slice(0, 3).join(", ");
    const more = clusters.length > 3 ? ` and ${clusters.length - 3} more` : "";
    return clusters.length > 0 ? [{ message: `${service}: ${tell(few + more)}` }] : [];
  };
  return [
    ...finding(
      memory.withoutPorts,
      (which) =>
        `the ports of ${which} are not remembered on its imports, which have room for ${MEMORY_MAX_BYTES} bytes of what exporters offer: ` +
        "while such a cluster cannot be read, every port of the import stays as it is, and no conflict is declared over; " +
        "export fewer ports, or the same from each cluster",
    ),
    ...finding(
      memory.forgotten,
      (which) =>
        `${which} are not remembered on its imports, which have no room for so many exporters: while such a cluster cannot be read, ` +
        "its place in precedence and its ports are lost; split the service, or import from fewer clusters",
    ),
  ];
}
