/** How many endpoints a plan adds, removes and changes: for people; the content of slices is read only where some are to be written. */
import type { Endpoint, EndpointSlice, Key } from "../mcs/api";
import { same } from "../mcs/canonical";
import { identityOf } from "../mcs/endpoints";
import { LABEL, OURS } from "../mcs/marks";
import type { Change } from "./change";
import type { Fleet } from "./fleet";

export async function withEndpointCounts(
  fleet: Fleet,
  key: Key,
  changes: readonly Change[],
): Promise<readonly Change[]> {
  const slices = changes.filter((c) => c.kind === "EndpointSlice");
  const members = [...new Set(slices.filter((c) => c.verb !== "create").map((c) => c.member))];
  const live = new Map(await Promise.all(members.map(async (id) => [id, await liveSlices(fleet, id, key)] as const)));
  return changes.map((change) => {
    if (change.kind !== "EndpointSlice") return change;
    const before = live.get(change.member)?.get(change.object.metadata.name)?.endpoints ?? [];
    const after = change.verb === "remove" ? [] : ((change.object as EndpointSlice).endpoints ?? []);
    return { ...change, endpoints: count(before, after) };
  });
}

/** Without them the numbers are only less exact: no reason to fail. */
async function liveSlices(fleet: Fleet, id: string, key: Key): Promise<ReadonlyMap<string, EndpointSlice>> {
  const connection = await fleet.connect(id);
  if (connection.state === "failed") return new Map();
  const slices = await connection.member
    .list("EndpointSlice", {
      namespace: key.namespace,
      labelSelector: `${OURS},${LABEL.importName}=${key.name}`,
    })
    .catch(() => []);
  return new Map(slices.map((slice) => [slice.metadata.name, slice]));
}

function count(
  before: readonly Endpoint[],
  after: readonly Endpoint[],
): { added: number; removed: number; changed: number } {
  const old = new Map(before.map((e) => [identityOf(e), e]));
  const now = new Map(after.map((e) => [identityOf(e), e]));
  return {
    added: [...now.keys()].filter((id) => !old.has(id)).length,
    removed: [...old.keys()].filter((id) => !now.has(id)).length,
    changed: [...now].filter(([id, e]) => old.has(id) && !same(old.get(id), e)).length,
  };
}
