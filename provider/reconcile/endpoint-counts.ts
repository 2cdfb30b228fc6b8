/** What a plan does to the content of slices, for people: endpoints in numbers, all else by field. Read only where some are to be written. */
import type { Endpoint, EndpointSlice, Key } from "../mcs/api";
import { same } from "../mcs/canonical";
import { identityOf } from "../mcs/derive/endpoints";
import { ANNOTATION, LABEL, OURS } from "../mcs/marks";
import type { Change } from "./decide/change";
import { fieldChanges } from "./field-changes";
import type { Fleet } from "./observe/fleet";
import { CONTENT } from "./decide/plan";

/** What a change does to endpoints, and the fields by which it is told. */
type Told = Pick<Change, "endpoints" | "fields">;

/**
 * Fleet → what was told of changes that are still to be made. An update follows on a look that counted the same: as long as both the slice and
 * what it is to become are the same, so is the difference.
 */
const counted = new WeakMap<Fleet, Map<string, Told>>();

/** @param forWriting the changes are made now, so nobody will ask for the same again. @default false */
export async function withEndpointCounts(
  fleet: Fleet,
  key: Key,
  changes: readonly Change[],
  forWriting = false,
): Promise<readonly Change[]> {
  const known = counted.get(fleet) ?? new Map<string, Told>();
  counted.set(fleet, known);
  const uncounted = changes.filter((c) => isUncounted(c) && c.verb !== "create" && !known.has(difference(c)));
  const members = [...new Set(uncounted.map((c) => c.member))];
  const live = new Map(await Promise.all(members.map(async (id) => [id, await liveSlices(fleet, id, key)] as const)));
  return changes.map((change) => {
    if (!isUncounted(change)) return change;
    const slices = change.verb === "create" ? NONE : live.get(change.member);
    const told = known.get(difference(change)) ?? (slices && tell(change, slices.get(change.object.metadata.name)));
    if (!told) return change;
    if (forWriting) known.delete(difference(change));
    else if (change.verb !== "create") known.set(difference(change), told);
    return { ...change, ...told };
  });
}

function isUncounted({ kind, endpoints }: Change): boolean {
  return kind === "EndpointSlice" && endpoints === undefined;
}

/** Names what is there, as it is, and what it is to become. */
function difference({ member, verb, object, fields }: Change): string {
  const { uid, resourceVersion, annotations } = object.metadata;
  return JSON.stringify([member, uid, resourceVersion, verb, annotations?.[ANNOTATION.contentHash], fields]);
}

function tell({ verb, object, fields }: Change, before: EndpointSlice | undefined): Told {
  const after = object as EndpointSlice;
  const endpoints = count(before?.endpoints ?? [], verb === "remove" ? [] : (after.endpoints ?? []));
  if (verb !== "update" || !before || !fields.includes(CONTENT)) return { endpoints, fields };
  const counts = endpoints.added + endpoints.removed > 0;
  const content = [...contentFields(before, after), ...(counts ? [CONTENT] : [])];
  return {
    endpoints,
    fields: [
      ...fields.filter((field) => field !== CONTENT),
      ...(content.length > 0 ? content : digestFields(before, after)),
    ],
  };
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
