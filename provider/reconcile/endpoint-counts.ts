/** What a plan does to the content of slices, for people: endpoints in numbers, all else by field. Read only where some are to be written. */
import type { Endpoint, EndpointSlice, Key } from "../mcs/api";
import { same } from "../mcs/canonical";
import { identityOf } from "../mcs/derive/endpoints";
import { ANNOTATION, LABEL, OURS } from "../mcs/marks";
import type { Change } from "./decide/change";
import { fieldChanges } from "./field-changes";
import type { Fleet } from "./observe/fleet";
import { CONTENT } from "./decide/plan";

export async function withEndpointCounts(
  fleet: Fleet,
  key: Key,
  changes: readonly Change[],
): Promise<readonly Change[]> {
  const slices = changes.filter((c) => c.kind === "EndpointSlice");
  const members = [...new Set(slices.filter((c) => c.verb !== "create").map((c) => c.member))];
  const live = new Map(await Promise.all(members.map(async (id) => [id, await liveSlices(fleet, id, key)] as const)));
  return changes.map((change) => {
    const there = change.verb === "create" ? NONE : live.get(change.member);
    if (change.kind !== "EndpointSlice" || !there) return change;
    const before = there.get(change.object.metadata.name);
    const after = change.object as EndpointSlice;
    const endpoints = count(before?.endpoints ?? [], change.verb === "remove" ? [] : (after.endpoints ?? []));
    if (change.verb !== "update" || !before || !change.fields.includes(CONTENT)) return { ...change, endpoints };
    const counted = endpoints.added + endpoints.removed > 0;
    const content = [...contentFields(before, after), ...(counted ? [CONTENT] : [])];
    const fields = change.fields.filter((field) => field !== CONTENT);
    return {
      ...change,
      endpoints,
      fields: [...fields, ...(content.length > 0 ? content : digestFields(before, after))],
    };
  });
}

const NONE: ReadonlyMap<string, EndpointSlice> = new Map();

/** Undefined where they cannot be read: then nothing is counted, which is no reason to fail. */
async function liveSlices(
  fleet: Fleet,
  id: string,
  { namespace, name }: Key,
): Promise<ReadonlyMap<string, EndpointSlice> | undefined> {
  const connection = await fleet.connect(id);
  if (connection.state === "failed") return undefined;
  const labelSelector = `${OURS},${LABEL.importName}=${name}`;
  const listing = connection.member.list("EndpointSlice", { namespace, labelSelector });
  const slices = await fleet.further(id, `counting endpoints of ${namespace}/${name}`, listing).catch(() => undefined);
  return slices && new Map(slices.map((slice) => [slice.metadata.name, slice]));
}

/** Endpoints in which something changed, shown field by field, in one slice. */
const ENDPOINTS_SHOWN = 5;

function contentFields(before: EndpointSlice, after: EndpointSlice): readonly string[] {
  const frame = ({ addressType, ports }: EndpointSlice) => ({ addressType, ports: ports ?? [] });
  const old = byIdentity(before.endpoints ?? []);
  const changed = [...byIdentity(after.endpoints ?? [])].filter(([id, e]) => old.has(id) && !same(old.get(id), e));
  return [
    ...fieldChanges(frame(before), frame(after)),
    ...changed
      .slice(0, ENDPOINTS_SHOWN)
      .flatMap(([id, endpoint]) => fieldChanges(old.get(id), endpoint, `endpoints[${endpoint.addresses.join(",")}]`)),
    ...(changed.length > ENDPOINTS_SHOWN ? [`endpoints: ${changed.length - ENDPOINTS_SHOWN} more differ`] : []),
  ];
}

/** The content is as it should be: then what tells of it is not. */
function digestFields(before: EndpointSlice, after: EndpointSlice): readonly string[] {
  const digest = ({ metadata }: EndpointSlice) => ({
    [ANNOTATION.contentHash]: metadata.annotations?.[ANNOTATION.contentHash],
  });
  return fieldChanges(digest(before), digest(after), "metadata.annotations");
}

function byIdentity(endpoints: readonly Endpoint[]): ReadonlyMap<string, Endpoint> {
  return new Map(endpoints.map((e) => [identityOf(e), e]));
}

function count(
  before: readonly Endpoint[],
  after: readonly Endpoint[],
): { added: number; removed: number; changed: number } {
  const [old, now] = [byIdentity(before), byIdentity(after)];
  return {
    added: [...now.keys()].filter((id) => !old.has(id)).length,
    removed: [...old.keys()].filter((id) => !now.has(id)).length,
    changed: [...now].filter(([id, e]) => old.has(id) && !same(old.get(id), e)).length,
  };
}
