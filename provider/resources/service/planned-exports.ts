/**
 * Exports that resources of the same program are about to make. In its first preview none of them is there yet, and an import whose export
 * was announced a moment ago can be announced with it.
 */
import type { Announcement, Finding, Intent, Preview } from "../../reconcile/intent";
import { preview } from "../../reconcile/reconcile";
import { expectedLines, linesByMember, waitingLines } from "../display/announce";
import { resourceDisplay } from "../display/resource-display";
import type { Context } from "../process/context";
import type { ServiceState } from "./service-state";

/** A new resource, as it was looked at. */
export interface NewResource {
  readonly state: ServiceState;
  readonly intent: Intent;
  /** Of that intent, as the clusters are. */
  readonly now: Preview;
  /** Milliseconds of the fleet's clock: an earlier reading is not good enough. */
  readonly since: number;
}

/** `namespace/name` → what this process was asked to preview of it. The engine keeps to no order of its own between an export and its import. */
const asked = new WeakMap<Context, Map<string, NewResource[]>>();

/**
 * Says on the resource's line what will be written for it beyond what can be now, and on those of imports that came before their export.
 * Returns the warnings to give in place of those of the preview alone: that nobody exports yet is no news where the program is about to.
 */
export async function tellWhatIsToCome(here: Context, resource: NewResource): Promise<readonly Finding[]> {
  const { namespace, name } = resource.intent.key;
  const keys = asked.get(here) ?? new Map<string, NewResource[]>();
  asked.set(here, keys);
  const others = keys.get(`${namespace}/${name}`) ?? [];
  const all = [...others, resource];
  keys.set(`${namespace}/${name}`, all);
  for (const one of others.filter((it) => takesExportsOf(here, it, resource))) await tellAgain(here, one, all);
  return tell(here, resource, all);
}

/** Later exports that an import is looked at anew for: with each, so many exporters and importers would be looked at for minutes. */
const LOOKS_AGAIN = 3;
const looks = new WeakMap<NewResource, number>();

async function tellAgain(here: Context, resource: NewResource, all: readonly NewResource[]): Promise<void> {
  const times = (looks.get(resource) ?? 0) + 1;
  looks.set(resource, times);
  if (times <= LOOKS_AGAIN) return void (await tell(here, resource, all));
  const { importTo, key } = resource.intent;
  const text = `${importTo.join(", ")}: more slices once further members export ${key.namespace}/${key.name}, as this program says`;
  await resourceDisplay(here.log, resource.state.inputs.resourceUrn).say(text);
}

function takesExportsOf(here: Context, { state, intent }: NewResource, exporting: NewResource): boolean {
  const { sources = here.fleet.ids } = state.roles;
  const isNews = (id: string) => sources.includes(id) && !intent.exportFrom.includes(id);
  return intent.importTo.length > 0 && exporting.intent.exportFrom.some(isNews);
}

async function tell(here: Context, resource: NewResource, all: readonly NewResource[]): Promise<readonly Finding[]> {
  const { lines, warnings } = await toCome(here, resource, all);
  const display = resourceDisplay(here.log, resource.state.inputs.resourceUrn);
  for (const line of lines) await display.say(line);
  return warnings;
}

interface ToCome {
  readonly lines: readonly string[];
  readonly warnings: readonly Finding[];
}

async function toCome(here: Context, resource: NewResource, all: readonly NewResource[]): Promise<ToCome> {
  const { state, intent, now, since } = resource;
  const { exportFrom, sources = here.fleet.ids } = state.roles;
  const planned = new Set(all.flatMap((it) => it.intent.exportFrom));
  const others = [...planned].filter((id) => !exportFrom.includes(id) && sources.includes(id)).sort();
  if (others.length === 0 || intent.importTo.length === 0) {
    return { lines: expectedLines(now.expected), warnings: now.warnings };
  }
  const later = await preview(here.fleet, { ...intent, exportFrom: [...exportFrom, ...others].sort() }, since);
  const theirs = ({ member, kind }: Announcement) => kind === "ServiceExport" && others.includes(member);
  const already = linesByMember(now.announcements);
  const written = later.announcements.filter((it) => !theirs(it));
  const told = linesByMember(written);
  const more = written.filter(({ member }) => told[member] !== already[member]);
  const key = `${intent.key.namespace}/${intent.key.name}`;
  const once = `${others.join(", ")} ${others.length > 1 ? "export" : "exports"} ${key}, as this program says`;
  return { lines: [...waitingLines(more, once), ...expectedLines(later.expected)], warnings: later.warnings };
}
