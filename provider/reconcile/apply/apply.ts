/** Changes → members. Tries everything that does not depend on what failed, and gathers every failure. */
import type { EndpointSlice, Event, KubeObject, Service, ServiceExport, ServiceImport } from "../../mcs/api";
import { bindImport, bindSlice } from "../../mcs/pending";
import { RANK } from "../decide/change";
import type { Change } from "../decide/change";
import { asFailure } from "../member-error";
import type { MemberErrorCode } from "../member-error";
import type { Fleet } from "../observe/fleet";
import type { Finding } from "../intent";
import type { Member } from "../member";
import type { Clock } from "../waiting";
import { preconditions, remove } from "./removal";
import { timestamp, writeStatus } from "./status";
import { whatIsThere } from "./taken";

export interface Applied {
  readonly done: readonly Change[];
  readonly failures: readonly (Finding & { readonly code: MemberErrorCode })[];
  /** Member → cluster IPs of a derived Service that was written. */
  readonly clusterIPs: ReadonlyMap<string, readonly string[]>;
  /** Member → the ServiceExport as it was written. */
  readonly exports: ReadonlyMap<string, ServiceExport>;
  /** What was to be removed and stays, because it is another owner's by now. */
  readonly ceded: readonly Finding[];
  /** Something came out other than planned: what was planned on it must be planned again. */
  readonly outdated: boolean;
}

export const NOTHING_APPLIED: Applied = {
  done: [],
  failures: [],
  clusterIPs: new Map(),
  exports: new Map(),
  ceded: [],
  outdated: false,
};

/** Writes at once in one member. */
const PARALLEL_WRITES = 8;

/** @param changes in order of rank; every rank is finished in all members before the next begins */
export async function apply(fleet: Fleet, changes: readonly Change[]): Promise<Applied> {
  const progress = new Progress(fleet.waiting);
  for (const [, ofRank] of Map.groupBy(changes, (c) => c.rank)) {
    const byMember = Map.groupBy(ofRank, (c) => c.member);
    await Promise.all([...byMember].map(([id, list]) => applyInMember(fleet, id, list, progress)));
  }
  const { done, failures, clusterIPs, exports, ceded, outdated } = progress;
  return { done, failures, clusterIPs, exports, ceded, outdated };
}

/** What later writes need of earlier ones. */
class Progress {
  constructor(readonly clock: Clock) {}
  readonly done: Change[] = [];
  readonly failures: (Finding & { readonly code: MemberErrorCode })[] = [];
  readonly clusterIPs = new Map<string, readonly string[]>();
  readonly exports = new Map<string, ServiceExport>();
  readonly ceded: Finding[] = [];
  outdated = false;
  readonly importUids = new Map<string, string>();
  /** `member/kind` → the object as last written. */
  readonly written = new Map<string, KubeObject>();
  /** `sideOf` the writes on which the next ones build, where one failed. */
  readonly broken = new Set<string>();
  /** `member/kind` of what could not be written: its status would tell of what is not there. */
  readonly unwritten = new Set<string>();
  /** Members where a slice could not be written: the slices that it replaces stay, or there would be fewer endpoints than before. */
  readonly unfed = new Set<string>();
}

/** What takes the place of something else, or takes it away: not before every slice stands. */
function isAfterFeeding({ rank, verb }: Change): boolean {
  return rank === RANK.movedImport || (verb === "remove" && (rank === RANK.removeSlice || rank === RANK.removeStale));
}

function slotOf({ member, kind }: Change): string {
  return `${member}/${kind}`;
}

/** A member exports and imports: neither builds on what is written for the other. */
function sideOf({ member, kind }: Change): string {
  return `${member}/${kind === "ServiceExport" || kind === "Event" ? "export" : "import"}`;
}

async function applyInMember(fleet: Fleet, id: string, changes: readonly Change[], progress: Progress): Promise<void> {
  const queue = changes.filter(
    (change) =>
      !progress.broken.has(sideOf(change)) &&
      !(change.verb === "status" && progress.unwritten.has(slotOf(change))) &&
      !(progress.unfed.has(id) && isAfterFeeding(change)),
  );
  const [first] = queue;
  if (!first) return;
  const connection = await fleet.connect(id);
  if (connection.state === "failed") return fail(first, connection.error, progress);
  const { member } = connection;
  const worker = async (): Promise<void> => {
    for (let change = queue.shift(); change; change = queue.shift()) {
      try {
        if (await write(member, change, progress)) progress.done.push(change);
      } catch (error) {
        fail(change, error, progress, await whatIsThere(member, change, error));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL_WRITES, queue.length) }, worker));
}

/** @param wayOut where the failure itself does not tell one */
function fail(change: Change, error: unknown, progress: Progress, wayOut = ""): void {
  const { code, message } = asFailure(error, change.member);
  // A namespace that goes takes what is imported there with it: nothing is left to do, and nothing went wrong. But an export is missing.
  if (code !== "namespaceTerminating" || change.kind === "ServiceExport") {
    const { namespace, name } = change.object.metadata;
    // The clusters' own failures name it; one of ours may not.
    const what = message.includes(name) ? "" : `${change.kind} ${namespace}/${name}: `;
    progress.failures.push({ member: change.member, code, message: `${what}${message}${wayOut}` });
  }
  if (change.verb !== "remove" && change.verb !== "status") progress.unwritten.add(slotOf(change));
  if (isGround(change, code)) progress.broken.add(sideOf(change));
  if (change.kind === "EndpointSlice" && change.verb !== "remove") progress.unfed.add(change.member);
}

/**
 * Do later writes build on this one? Not on a removal or a status, or the removals after it would not go on. Nor on what an import that is there
 * already says, unless it is another one by now: its slices need only its UID, and endpoints that are gone must go.
 */
function isGround({ kind, verb, rank }: Change, code: MemberErrorCode): boolean {
  if (kind === "ServiceImport" && verb === "update" && rank === RANK.import)
    return code === "conflict" || code === "notFound";
  return rank < RANK.newSlice || rank === RANK.movedImport;
}

/** False where nothing was to be written any more. */
async function write(member: Member, change: Change, progress: Progress): Promise<boolean> {
  const slot = slotOf(change);
  switch (change.verb) {
    case "create":
    case "update":
    case "replace":
      progress.written.set(slot, await writeObject(member, change, progress));
      return true;
    case "remove": {
      const ceded = await remove(member, change.kind, change.object);
      if (!ceded) return true;
      progress.ceded.push(ceded);
      // What else was to go with it may be another's, too.
      progress.outdated = true;
      return false;
    }
    case "status":
      await writeStatus(member, change, { written: progress.written.get(slot), clock: progress.clock });
      return true;
  }
}

async function writeObject(member: Member, change: Change, progress: Progress): Promise<KubeObject> {
  switch (change.kind) {
    case "Service": {
      const written = await writeService(member, change, change.object as Service, progress);
      progress.clusterIPs.set(
        member.id,
        (written.spec.clusterIPs ?? []).filter((ip) => ip !== "None"),
      );
      return written;
    }
    case "ServiceImport": {
      const body = bindImport(change.object as ServiceImport, progress.clusterIPs.get(member.id) ?? []);
      const written =
        change.verb === "create"
          ? await member.create("ServiceImport", body)
          : await member.update("ServiceImport", body);
      progress.importUids.set(member.id, written.metadata.uid ?? "");
      return written;
    }
    case "EndpointSlice": {
      const body = bindSlice(change.object as EndpointSlice, progress.importUids.get(member.id) ?? "");
      return change.verb === "create" ? member.create("EndpointSlice", body) : member.update("EndpointSlice", body);
    }
    case "Event":
      return tell(member, change.object as Event);
    default: {
      const body = change.object as ServiceExport;
      const written =
        change.verb === "create"
          ? await member.create("ServiceExport", body)
          : await member.update("ServiceExport", body);
      progress.exports.set(member.id, written);
      return written;
    }
  }
}

/** An event is a courtesy: told already, or not allowed to tell, is no failure. */
async function tell(member: Member, event: Event): Promise<KubeObject> {
  const now = timestamp();
  try {
    return await member.create("Event", { ...event, firstTimestamp: now, lastTimestamp: now });
  } catch (error) {
    const { code } = asFailure(error, member.id);
    if (code === "alreadyExists" || code === "forbidden") return event;
    throw error;
  }
}

/** A Service that changes between an address and None, or its primary family, cannot be updated: the API server refuses (422). */
async function writeService(
  member: Member,
  { verb, replaced }: Change,
  body: Service,
  progress: Progress,
): Promise<Service> {
  if (verb === "update") return member.update("Service", body);
  if (replaced) await member.remove("Service", preconditions(replaced));
  try {
    return await member.create("Service", body);
  } catch (error) {
    const { clusterIP, clusterIPs, ...spec } = body.spec;
    // Another Service may have been given the address that this one was to keep. The import is planned with the old one: look again.
    if (asFailure(error, member.id).code !== "invalid" || !clusterIPs || clusterIP === "None") throw error;
    progress.outdated = true;
    return member.create("Service", { ...body, spec });
  }
}
