/** PURE. Everything that was read + what is wanted → what to write, what stands in the way, and how the service then looks. */
import type { Event, ServiceExport } from "../mcs/api";
import { exportConditions } from "../mcs/conditions";
import type { WantedCondition } from "../mcs/conditions";
import type { DesiredImport } from "../mcs/derive";
import { typeConflictEvent } from "../mcs/events";
import { ownerOf } from "../mcs/marks";
import { merge } from "../mcs/merge";
import type { Merged } from "../mcs/merge";
import type { MemberService, View } from "../mcs/observed";
import { collidingAddresses } from "../mcs/slices";
import { standing, trusted } from "../mcs/standing";
import type { Standing } from "../mcs/standing";
import { outagesOf } from "../mcs/unreachable";
import type { Outages } from "../mcs/unreachable";
import { RANK } from "./change";
import type { Change } from "./change";
import type { Finding, Intent, ServiceView } from "./intent";
import { decideImport } from "./decide-import";
import { leftOut } from "./left-out";
import { obstacles } from "./obstacles";
import { inOrder, planExport, planStatus, removal } from "./plan";
import { serviceView } from "./service-view";

export interface Decision {
  readonly changes: readonly Change[];
  /** Nothing may be written while there is one. */
  readonly problems: readonly Finding[];
  /** These cannot be done; the rest can. */
  readonly failures: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly view: ServiceView;
}

export type Readable = { readonly id: string; readonly service: MemberService };

/** What each member is to do, decided once for all stages below. */
export interface Deciding {
  readonly intent: Intent & { readonly derivedName: string };
  readonly views: readonly View[];
  readonly standing: Standing;
  /** Of all exports: what the exports' conditions tell. */
  readonly merged: Merged | undefined;
  /** Of the exports this intent imports from. */
  readonly imported: Merged | undefined;
  /** Of the held members. */
  readonly outages: Outages;
}

/** @param now milliseconds since the epoch */
export function deciding(given: readonly View[], intent: Deciding["intent"], now: number): Deciding {
  const views = trusted(given, intent);
  const stand = standing(views, intent);
  const outages = outagesOf({ held: stand.held, policy: intent.unreachable ?? { do: "hold" }, views, now });
  const sources = intent.sources;
  const chosen = sources ? stand.constituents.filter((c) => sources.includes(c.cluster)) : stand.constituents;
  return { intent, views, standing: stand, merged: merge(stand.constituents), imported: merge(chosen), outages };
}

/** @param now milliseconds since the epoch */
export function decide(views: readonly View[], intent: Deciding["intent"], now: number): Decision {
  return decideFrom(deciding(views, intent, now));
}

export function decideFrom(context: Deciding): Decision {
  const { problems, failures, warnings, blockedImports } = obstacles(context);
  const readable = context.views.flatMap((v): Readable[] => (v.state === "read" ? [v] : []));
  const imports = new Map<string, DesiredImport>();
  const changes = readable.flatMap((member) => {
    if (blockedImports.has(member.id)) return exportChanges(member, context);
    const imported = decideImport(member, context);
    if (imported.desired) imports.set(member.id, imported.desired);
    return [...exportChanges(member, context), ...imported.changes];
  });
  return {
    changes: inOrder(changes.filter((change) => !isLeavingAlready(change))),
    problems,
    failures,
    warnings: [...warnings, ...collisions(context), ...leftOut(context)],
    view: serviceView(context, imports),
  };
}

/** Something else holds it back by a finalizer: to delete it again would change nothing, in every run. */
function isLeavingAlready({ verb, object }: Change): boolean {
  return verb === "remove" && object.metadata.deletionTimestamp !== undefined;
}

function exportChanges({ id, service }: Readable, { intent, standing: stand, merged }: Deciding): readonly Change[] {
  const wanted = intent.exportFrom.includes(id);
  const live = service.export;
  if (!wanted && live && ownerOf(live) === intent.owner) return [removal(id, RANK.removeExport, "ServiceExport", live)];
  const coming = stand.exports.get(id);
  if (!coming) return [];
  const write = wanted ? planExport(id, live, coming.export) : [];
  const part = merged?.constituents.some((c) => c.cluster === id) ? merged.conflicts : [];
  const conditions = exportConditions(coming.validity, part)?.map((wanted) =>
    stand.unsure && wanted.type === "Conflict" ? (toldConflict(live) ?? wanted) : wanted,
  );
  if (!conditions) return write;
  const status = planStatus({
    member: id,
    rank: RANK.exportStatus,
    kind: "ServiceExport",
    object: coming.export,
    live,
    wanted: conditions,
    written: write.length > 0 || (wanted && live?.status === undefined),
  });
  const event = typeConflictEvent(coming.export, part);
  return [...write, ...status, ...(event ? [courtesy(id, event)] : [])];
}

/** That a conflict is over is only said when those who may be in it can be heard. */
function toldConflict(live: ServiceExport | undefined): WantedCondition | undefined {
  const told = live?.status?.conditions?.find((c) => c.type === "Conflict" && c.status === "True");
  return told && { type: told.type, status: told.status, reason: told.reason, message: told.message };
}

function courtesy(member: string, event: Event): Change {
  return { member, rank: RANK.exportStatus, kind: "Event", verb: "create", object: event, fields: [], silent: true };
}

function collisions({ views, imported, intent }: Deciding): readonly Finding[] {
  const sources = (imported?.constituents ?? []).flatMap(({ cluster }) => {
    const view = views.find((v) => v.id === cluster);
    return view?.state === "read"
      ? [{ cluster, slices: view.service.sourceSlices, bounds: { podCIDRs: view.service.podCIDRs } }]
      : [];
  });
  const colliding = [...collidingAddresses(sources)];
  const first = colliding[0];
  if (!first) return [];
  const [address, clusters] = first;
  const more = colliding.length > 1 ? ` and ${colliding.length - 1} more` : "";
  return [
    {
      message:
        `Service ${intent.key.namespace}/${intent.key.name}: address ${address}${more} is claimed by ${clusters.join(" and ")}: ` +
        "kube-proxy takes them for one backend; give the clusters pod ranges that do not overlap",
    },
  ];
}
