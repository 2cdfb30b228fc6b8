/** PURE. Everything that was read + what is wanted → what to write, what stands in the way, and how the service then looks. */
import type { Event } from "../../mcs/api";
import type { DesiredImport } from "../../mcs/derive/derive";
import { typeConflictEvent } from "../../mcs/derive/conflict-events";
import { isHolder } from "../../mcs/marks";
import type { View } from "../../mcs/observed";
import { collidingAddresses } from "../../mcs/derive/exporter-endpoints";
import { RANK } from "./change";
import type { Change } from "./change";
import { expectedImports } from "./expected-imports";
import { conditionsOf, conflictsOf } from "./export-conditions";
import type { Expected, Finding, ServiceView } from "../intent";
import { deciding } from "./deciding";
import type { Deciding, Readable } from "./deciding";
import { decideImport } from "./decide-import";
import { forgotten } from "./forgotten";
import { rejected } from "./rejected";
import { findProblems } from "./problems";
import { inOrder, planExport, planStatus, removal } from "./plan";
import { serviceView } from "./service-view";
import { sourcesOf } from "./sources";
import type { Sources } from "./sources";

export interface Decision {
  readonly changes: readonly Change[];
  /** Nothing may be written while there is one. */
  readonly problems: readonly Finding[];
  /** These cannot be done; the rest can. */
  readonly failures: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly expected: readonly Expected[];
  readonly view: ServiceView;
}

/** @param now milliseconds since the epoch */
export function decide(views: readonly View[], intent: Deciding["intent"], now: number): Decision {
  return decideFrom(deciding(views, intent, now));
}

export function decideFrom(context: Deciding): Decision {
  const { problems, failures, warnings, blockedImports } = findProblems(context);
  const readable = context.views.flatMap((v): Readable[] => (v.state === "read" ? [v] : []));
  const sources = sourcesOf(context);
  const imports = new Map<string, DesiredImport>();
  const changes = readable.flatMap((member) => {
    if (blockedImports.has(member.id)) return exportChanges(member, context);
    const imported = decideImport(member, context, sources);
    if (imported.desired) imports.set(member.id, imported.desired);
    return [...exportChanges(member, context), ...imported.changes];
  });
  return {
    changes: inOrder(changes.filter((change) => !isLeavingAlready(change))),
    problems,
    failures,
    warnings: [
      ...warnings,
      ...familiesTaken(context),
      ...collisions(context, sources),
      ...rejected(context, sources),
      ...forgotten(context),
    ],
    expected: expectedImports(context),
    view: serviceView(context, imports),
  };
}

/** Something else holds it back by a finalizer: to delete it again would change nothing, in every run. */
function isLeavingAlready({ verb, object }: Change): boolean {
  return verb === "remove" && object.metadata.deletionTimestamp !== undefined;
}

function exportChanges({ id, service }: Readable, context: Deciding): readonly Change[] {
  const { intent, exporters } = context;
  const wanted = intent.exportFrom.includes(id);
  const live = service.export;
  if (!wanted && live && !intent.keeps && isHolder(intent, live))
    return [removal(id, RANK.removeExport, "ServiceExport", live)];
  const coming = exporters.exports.get(id);
  if (!coming) return [];
  const write = wanted ? planExport(id, live, coming.export) : [];
  const conditions = conditionsOf(id, context);
  // Where only v1alpha1 is served, no status can be written: that is no failure of who asked for nothing there.
  if (!conditions || (!wanted && service.crds !== "served")) return write;
  const status = planStatus({
    member: id,
    rank: RANK.exportStatus,
    kind: "ServiceExport",
    object: coming.export,
    live,
    wanted: conditions,
    written: write.length > 0 || (wanted && live?.status === undefined),
  });
  const event = typeConflictEvent(coming.export, conflictsOf(id, context));
  return [...write, ...status, ...(event ? [courtesy(id, event)] : [])];
}

function courtesy(member: string, event: Event): Change {
  return {
    member,
    rank: RANK.exportStatus,
    kind: "Event",
    verb: "create",
    object: event,
    fields: [],
    unannounced: true,
  };
}

function familiesTaken({ views }: Deciding): readonly Finding[] {
  return views.flatMap((view): Finding[] => {
    if (view.state === "unreadable" || view.service.familiesUnasked === undefined) return [];
    const { familiesUnasked, families } = view.service;
    const message =
      `${familiesUnasked}: its Services are taken to have ${families.join(" and ") || "no family"} only, as those that are there; ` +
      "allow dry runs of Services to be sure";
    return [{ member: view.id, message, ofStack: true }];
  });
}

function collisions({ intent }: Deciding, { readable }: Sources): readonly Finding[] {
  const colliding = [...collidingAddresses(readable)];
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
