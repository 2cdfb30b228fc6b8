/** Slices that others imported, by the labels of the KEP: read only where there is an import that is not ours. */
import type { EndpointSlice } from "../../mcs/api";
import { isOurs, LABEL } from "../../mcs/marks";
import type { Fleet, Reading } from "../observe/fleet";

/** Member → what others imported there; undefined where that could not be read. Members without foreign imports have none. */
export async function foreignSlices(
  fleet: Fleet,
  readings: ReadonlyMap<string, Reading>,
  namespace?: string,
): Promise<ReadonlyMap<string, readonly EndpointSlice[] | undefined>> {
  const asked = [...readings].map(async ([id, reading]) => {
    if (reading.state === "unreadable") return [id, undefined] as const;
    const imports = [...reading.snapshot.imports.values()];
    const isForeign = imports.some(
      (it) => !isOurs(it) && (namespace ?? it.metadata.namespace) === it.metadata.namespace,
    );
    if (!isForeign) return [id, []] as const;
    const labelSelector = `${LABEL.sourceCluster},!${LABEL.managed}`;
    const listing = reading.member.list("EndpointSlice", { namespace, labelSelector });
    const slices = await fleet.atLength(id, "reading slices that others imported", listing).catch(() => undefined);
    return [id, slices] as const;
  });
  return new Map(await Promise.all(asked));
}
