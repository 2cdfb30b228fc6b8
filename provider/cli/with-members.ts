/** The members of a command line as a fleet, for as long as a command needs them. */
import { connect } from "../kube/connect";
import { createFleet, type Fleet } from "../reconcile/observe/fleet";
import type { ClusterOption } from "./cluster-option";

/** Closes every connection afterwards, also where `use` throws. */
export async function withMembers<T>(
  clusters: readonly ClusterOption[],
  use: (fleet: Fleet) => Promise<T>,
): Promise<T> {
  const byId = new Map(clusters.map((cluster) => [cluster.id, cluster]));
  const fleet = createFleet({
    ids: [...byId.keys()],
    connect: (id) => connect({ ...byId.get(id), id }),
    clock: Date.now,
  });
  try {
    return await use(fleet);
  } finally {
    await fleet.close();
  }
}
