/** Members → one view of one service each. */
import type { EndpointSlice, IPFamily, Key, KubeObject, ManagedFields, Service } from "../../mcs/api";
import { ANNOTATION, LABEL, MANAGER, OURS } from "../../mcs/marks";
import { ENDPOINTS_MAX, SLICES_MAX } from "../../mcs/limits";
import type { ImportedSlice, MemberService, View } from "../../mcs/observed";
import { contentHash } from "../../mcs/derive/slice-digest";
import { mustBecomeNotReady } from "../../mcs/outage/outages";
import type { Outages } from "../../mcs/outage/outages";
import { asFailure, MemberError } from "../member-error";
import type { MemberErrorCode } from "../member-error";
import { CONTENT_FIELDS } from "../store/projection";
import { API_SERVER } from "../store/service-index";
import type { Fleet, Reading } from "./fleet";
import { familiesOf } from "./probe-families";
import type { Intent } from "../intent";
import type { Member } from "../member";
import { keyText } from "../../mcs/object-key";
import type { Snapshot } from "./snapshot";

/**
 * @param notBefore milliseconds of the fleet's clock
 * @param maxAge as in `Wanted`
 */
export async function observe(
  fleet: Fleet,
  intent: Intent,
  notBefore: number,
  maxAge?: number,
): Promise<readonly View[]> {
  const readings = await fleet.read(notBefore, { key: intent.key, maxAge });
  return Promise.all([...readings].map(([id, reading]) => view(fleet, id, reading, intent)));
}

async function view(fleet: Fleet, id: string, reading: Reading, intent: Intent): Promise<View> {
  if (reading.state === "unreadable") return unreadable(id, reading.error);
  const { podCIDRs, serviceCIDRs } = fleet.ranges(id);
  try {
    const service = await fleet.further(id, `looking at ${keyText(intent.key)}`, memberService(reading, intent));
    refuseExcess(id, service.sourceSlices, intent.key);
    return { state: "read", id, service: { ...service, podCIDRs, serviceCIDRs } };
  } catch (error) {
    return unreadable(id, error);
  }
}

/** More than the limits is not cut to them: half a list would show the other half as gone. */
function refuseExcess(id: string, slices: readonly EndpointSlice[], key: Key): void {
  const endpoints = slices.reduce((sum, slice) => sum + (slice.endpoints?.length ?? 0), 0);
  const told =
    slices.length > SLICES_MAX
      ? `${slices.length} EndpointSlices, more than the limit of ${SLICES_MAX}`
      : endpoints > ENDPOINTS_MAX
        ? `${endpoints} endpoints, more than the limit of ${ENDPOINTS_MAX}`
        : undefined;
  if (told === undefined) return;
  const message = `cluster "${id}": Service ${keyText(key)} has ${told} of one service: find out who made them`;
  throw new MemberError("excess", id, message);
}

/** The view of a member that a look at it failed in. */
export function unreadable(id: string, error: unknown): View {
  const { code, message } = asFailure(error, id);
  return { state: "unreadable", id, code, message };
}

type Readable = Reading & { readonly state: "read" };

async function memberService(reading: Readable, intent: Intent): Promise<MemberService> {
  const { member, snapshot } = reading;
  const { key } = intent;
  const text = keyText(key);
  const exporting = intent.exportFrom.includes(member.id) || snapshot.exports.has(text);
  if (exporting && snapshot.services.has(text) && !snapshot.knowsSources(key)) await reading.readSources(key);
  if (!snapshot.knowsSources(API_SERVER)) await reading.readSources(API_SERVER);
  // All at one moment: the snapshot goes on while something else is waited for.
  const service: MemberService = {
    namespace: namespaceState(snapshot.namespaces.get(key.namespace)),
    crds: snapshot.crds,
    export: snapshot.exports.get(text),
    service: snapshot.services.get(text),
    sourceSlices: snapshot.sourceSlices.get(text) ?? [],
    import: snapshot.imports.get(text),
    derived: derivedCandidates(snapshot, intent),
    importedSlices: [],
    families: snapshot.families,
    release: undefined,
    ownAddresses: snapshot.ownAddresses,
    skewMs: member.skewMs(),
  };
  const importedSlices = snapshot.importedSlices.get(text) ?? [];
  return { ...service, importedSlices: await withHashes(member, key, importedSlices) };
}

function namespaceState(namespace: KubeObject | undefined): MemberService["namespace"] {
  if (!namespace) return "absent";
  return namespace.metadata.deletionTimestamp ? "terminating" : "active";
}

function derivedCandidates(snapshot: Snapshot, { key, derivedName }: Intent): readonly Service[] {
  const named = derivedName ? snapshot.services.get(`${key.namespace}/${derivedName}`) : undefined;
  const marked = snapshot.derived.get(keyText(key)) ?? [];
  return named && !marked.includes(named) ? [named, ...marked] : marked;
}

/**
 * The hash annotation tells the content as long as nobody else wrote it; the managed fields tell whether somebody did. Only then is the
 * content read.
 */
async function withHashes(member: Member, key: Key, slices: readonly KubeObject[]): Promise<readonly ImportedSlice[]> {
  const written = new Set(slices.filter(contentWrittenByOthers));
  const bodies = written.size === 0 ? [] : await listImported(member, key);
  const actual = new Map(bodies.map((slice) => [slice.metadata.name, contentHash(slice)]));
  return slices.map((object) => ({
    object,
    hash: written.has(object)
      ? actual.get(object.metadata.name)
      : object.metadata.annotations?.[ANNOTATION.contentHash],
  }));
}

/** Adds the content of the slices that are to say "not ready" and do not yet; it costs a list an importer, in an outage only. */
export async function readContents(
  fleet: Fleet,
  key: Key,
  views: readonly View[],
  outages: Outages,
): Promise<readonly View[]> {
  return Promise.all(
    views.map(async (view): Promise<View> => {
      if (view.state === "unreadable" || !view.service.importedSlices.some((it) => mustBecomeNotReady(it, outages)))
        return view;
      const connection = await fleet.connect(view.id);
      if (connection.state === "failed") return unreadable(view.id, connection.error);
      try {
        const bodies = await fleet.further(view.id, `reading ${keyText(key)}`, listImported(connection.member, key));
        const byUid = new Map(bodies.map((slice) => [slice.metadata.uid, slice]));
        const importedSlices = view.service.importedSlices.map((it): ImportedSlice => {
          const content = mustBecomeNotReady(it, outages) ? byUid.get(it.object.metadata.uid) : undefined;
          return content ? { ...it, content } : it;
        });
        return { ...view, service: { ...view.service, importedSlices } };
      } catch (error) {
        return unreadable(view.id, error);
      }
    }),
  );
}

function listImported(member: Member, { namespace, name }: Key): Promise<readonly EndpointSlice[]> {
  return member.list("EndpointSlice", { namespace, labelSelector: `${OURS},${LABEL.importName}=${name}` });
}

function contentWrittenByOthers({ metadata }: KubeObject): boolean {
  return (metadata.managedFields ?? []).some(
    (entry: ManagedFields) =>
      entry.manager !== MANAGER && CONTENT_FIELDS.some((field) => entry.fieldsV1 && field in entry.fieldsV1),
  );
}

/** The dry run may be the first to see that the namespace went since the reading. */
const GONE: Partial<Record<MemberErrorCode, MemberService["namespace"]>> = {
  namespaceTerminating: "terminating",
  notFound: "absent",
};

/** Adds what only some services need to know: it costs a request a member, once. */
export async function learn(
  fleet: Fleet,
  views: readonly View[],
  need: { readonly families: readonly IPFamily[]; readonly release: boolean },
  probe: (member: Member) => Promise<readonly IPFamily[]>,
): Promise<readonly View[]> {
  return Promise.all(
    views.map(async (it): Promise<View> => {
      if (it.state === "unreadable") return it;
      // Nothing is imported there, and a dry run in a namespace that does not exist would look like a failure of the member.
      if (it.service.namespace !== "active") return it;
      const known = it.service.families;
      const enough = need.families.every((family) => known.includes(family));
      if (enough && !need.release) return it;
      try {
        const asked = Promise.all([
          enough ? { families: known } : familiesOf(fleet, it.id, known, probe),
          need.release ? fleet.version(it.id) : undefined,
        ]);
        const [learnt, release] = await fleet.further(it.id, "learning its families and release", asked);
        return { ...it, service: { ...it.service, ...learnt, release } };
      } catch (error) {
        const namespace = GONE[asFailure(error, it.id).code];
        return namespace ? { ...it, service: { ...it.service, namespace } } : unreadable(it.id, error);
      }
    }),
  );
}
