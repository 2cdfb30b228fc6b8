/** PURE. One service over all members, as it stands: who exports, who imports, whose it is, and what is wrong. */
import type { EndpointSlice, ImportPort, ImportType, Key, ServiceImport } from "../../mcs/api";
import { leavingText } from "../../mcs/leaving";
import { ANNOTATION, isOurs } from "../../mcs/marks";
import type { MemberService, View } from "../../mcs/observed";
import { oneLine } from "../../mcs/printable";
import type { Change } from "../decide/change";
import { deciding } from "../decide/deciding";
import { serviceView } from "../decide/service-view";
import type { ExportView } from "../intent";
import { foreignSources, importedSources, offeredBy, type SourceOverview } from "./imported-sources";
import { type Keeper, keeperOf, keeperText } from "./keeper";
import { pendingChanges } from "./pending-changes";
import { pendingText } from "./pending-text";
import type { EndpointCount } from "./recorded-endpoints";

export type Verdict = "well" | "wrong" | "unknown";

export interface ExportOverview extends ExportView {
  readonly member: string;
  readonly keeper: Keeper;
  /** Behind the exported Service. */
  readonly endpoints: EndpointCount;
}

export interface ImportOverview {
  readonly member: string;
  readonly keeper: Keeper;
  readonly type: ImportType;
  /** Cluster IPs as the import tells them; none for Headless. */
  readonly ips: readonly string[];
  readonly ports: readonly ImportPort[];
  /** Name of the Service behind it; null where it tells none. */
  readonly derivedService: string | null;
  /** Null where it cannot be told where its endpoints come from: others fill it, without the KEP's labels. */
  readonly sources: readonly SourceOverview[] | null;
}

export interface ServiceOverview extends Key {
  readonly verdict: Verdict;
  /** Sorted by member, as are the imports. */
  readonly exports: readonly ExportOverview[];
  readonly imports: readonly ImportOverview[];
  /** One line each, with the member and the way out. */
  readonly problems: readonly string[];
  /** What is worth knowing and not wrong. */
  readonly notes: readonly string[];
  /** Members whose part in it cannot be told: they cannot be read, or were not given. Sorted. */
  readonly unknownIn: readonly string[];
}

export interface ServiceOverviewArgs {
  readonly key: Key;
  /** Those of members that were not given and have endpoints here are among them, as unreadable. */
  readonly views: readonly View[];
  /** Member → slices that others imported for it; undefined where they could not be read. */
  readonly foreign: ReadonlyMap<string, readonly EndpointSlice[] | undefined>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** No object carries this owner: nothing is asked for. */
const NOBODY = "(nobody)";

export function serviceOverview({ key, views, foreign, now }: ServiceOverviewArgs): ServiceOverview {
  const intent = { key, owner: NOBODY, exportFrom: [], importTo: [], derivedName: "", adopt: false };
  const context = deciding(views, intent, now);
  const view = serviceView(context, new Map());
  const pending = pendingChanges(views, key, now);
  const readable = views.flatMap((one) => (one.state === "read" ? [one] : []));
  const unknownIn = views.filter(({ state }) => state === "unreadable").map(({ id }) => id);

  const exports = readable.flatMap(({ id, service }): readonly ExportOverview[] => {
    const live = service.export;
    const told = view.exports[id];
    if (!live || !told) return [];
    return [{ member: id, keeper: keeperOf(live), ...told, endpoints: offeredBy(service) }];
  });
  const imports = readable.flatMap(({ id, service }): readonly ImportOverview[] => {
    if (!service.import) return [];
    const own = pending.changes.filter(({ member }) => member === id);
    return [importOverview(id, { service, import: service.import }, { views, own, foreign: foreign.get(id) })];
  });

  const exported = exports.some(({ valid }) => valid);
  const problems = [
    ...exports
      .filter(({ ready }) => !ready)
      .flatMap((it) => it.messages.map((text) => `${it.member}: export: ${text}`)),
    ...view.conflicts.map(({ reason, message }) => `conflict: ${reason}: ${message}`),
    ...readable.flatMap(({ id, service }) =>
      importProblems(id, service, { exported, complete: unknownIn.length === 0 }),
    ),
    ...imports.filter(isUnserved).map(({ member }) => `${member}: nobody serves this import: ${ADOPT}`),
    ...pendingText(pending.changes, imports, (id) => ownerTextIn(id, exports, imports)),
    ...pending.failures.map(({ message }) => message),
  ];
  const unclear = unknownIn.length > 0 || imports.some(({ sources }) => isUnclear(sources));
  return {
    ...key,
    verdict: problems.length > 0 ? "wrong" : unclear ? "unknown" : "well",
    exports,
    imports,
    problems: problems.map((text) => oneLine(text)),
    notes: [
      ...(imports.length === 0 && exported && unknownIn.length === 0 ? ["no member imports it"] : []),
      ...pending.warnings.map(({ message }) => oneLine(message)),
    ],
    unknownIn: [...unknownIn].sort(),
  };
}

const ADOPT = "take it over in a program (adopt: true), or delete it";

interface Beside {
  readonly views: readonly View[];
  readonly own: readonly Change[];
  readonly foreign: readonly EndpointSlice[] | undefined;
}

function importOverview(
  member: string,
  { service, import: live }: { readonly service: MemberService; readonly import: ServiceImport },
  { views, own, foreign }: Beside,
): ImportOverview {
  const derivedService = live.metadata.annotations?.[ANNOTATION.derivedService] ?? null;
  const derived = service.derived.find(({ metadata }) => metadata.name === derivedService);
  const keeper = keeperOf(live, [derived, ...(foreign ?? [])]);
  const ours = isOurs(live) || live.metadata.annotations?.[ANNOTATION.honouredBy] !== undefined;
  const { type, ips = [], ports } = live.spec;
  return {
    member,
    keeper,
    type,
    ips: ips.map((ip) => oneLine(ip, IP_MAX)),
    ports,
    derivedService,
    sources: ours || service.importedSlices.length > 0 ? importedSources(service, views, own) : others(keeper, foreign),
  };
}

const IP_MAX = 60;

/** Another implementation need not write slices with the KEP's labels: that there is none tells nothing. */
function others(keeper: Keeper, foreign: readonly EndpointSlice[] | undefined): readonly SourceOverview[] | null {
  if (foreign === undefined || (foreign.length === 0 && keeper.by === "implementation")) return null;
  return foreignSources(foreign);
}

function isUnserved({ keeper, sources, ips }: ImportOverview): boolean {
  return keeper.by === "hand" && ips.length === 0 && sources?.length === 0;
}

function importProblems(
  id: string,
  { import: live }: MemberService,
  { exported, complete }: { readonly exported: boolean; readonly complete: boolean },
): readonly string[] {
  if (!live) return [];
  const leaving = leavingText(live);
  return [
    ...(leaving ? [`${id}: the import ${leaving}`] : []),
    ...(!exported && complete ? [`${id}: no member exports it: export it in one, or remove the import`] : []),
  ];
}

/** Of whom there is more than one, or none, nobody is named. */
function ownerTextIn(
  member: string,
  exports: readonly ExportOverview[],
  imports: readonly ImportOverview[],
): string | undefined {
  const keepers = [...exports, ...imports].filter((it) => it.member === member && it.keeper.by === "stack");
  const names = new Set(keepers.map(({ keeper }) => keeperText(keeper)));
  return names.size === 1 ? [...names][0] : undefined;
}

function isUnclear(sources: readonly SourceOverview[] | null): boolean {
  return sources === null || sources.some(({ endpoints }) => endpoints === null);
}
