/** What is wrong, what cannot be told and what may be left over, each with its way out: the lines below the table. */
import { oneLine } from "../../mcs/printable";
import { nameOf } from "../../reconcile/overview/marked-objects";
import type { Orphan } from "../../reconcile/overview/orphans";
import type { Overview } from "../../reconcile/overview/overview";
import { fittedTable } from "../fitted-table";
import type { Screen, Style } from "../printer";

export interface Told {
  /** Member → when it could last be read, RFC 3339. */
  readonly lastRead?: ReadonlyMap<string, string>;
}

/** "" where nothing is to be said. */
export function statusFindings(
  { members, services, orphans, owners }: Overview,
  { width, paint }: Pick<Screen, "width" | "paint">,
  { lastRead }: Told = {},
): string {
  const rows: [string, string][] = [];
  const add = (style: Style, word: string, text: string) => rows.push([paint(style, word), oneLine(text)]);
  for (const member of members) {
    if (member.state === "read") continue;
    const since = lastRead?.get(member.id);
    add("yellow", "unreadable", since === undefined ? member.why : `${member.why} (last read ${since})`);
  }
  for (const { namespace, name, problems, notes, imports } of services) {
    for (const text of problems) add("red", "wrong", `${namespace}/${name}: ${text}`);
    for (const { member, sources } of imports) {
      for (const { cluster, state, lastChanged } of sources ?? []) {
        if (state !== "held") continue;
        const age = lastChanged === null ? "" : `; they last changed ${lastChanged}`;
        add(
          "yellow",
          "held",
          `${namespace}/${name}: ${member} has endpoints of ${cluster} that nothing confirms${age}`,
        );
      }
    }
    for (const text of notes) add("dim", "note", `${namespace}/${name}: ${text}`);
  }
  for (const orphan of orphans) {
    if (orphan.certainty === "certain") add("red", "orphan", orphanText(orphan));
    else add("yellow", "perhaps", `left over: ${orphanText(orphan)}`);
  }
  for (const { owner, name, doubt } of owners) {
    if (doubt !== null) add("yellow", "perhaps", `gone: owner ${owner} (${name ?? "no name"}): ${doubt}`);
  }
  if (orphans.length > 0)
    rows.push(["", "pulumi-mcs gc shows what can be removed; --owner names whose, where that is not sure."]);
  return rows.length === 0 ? "" : fittedTable(rows, { width });
}

/** `member2: Service default/derived-serve of MultiClusterService serve of stack shop/dev (owner 3f9a…): its ServiceImport is gone`. */
export function orphanText({ member, kind, object, reason, owner, ownerName }: Orphan): string {
  const whose = owner === null ? "that names no owner" : `of ${ownerName ?? "a resource"} (owner ${owner})`;
  return `${member}: ${kind} ${nameOf(object)} ${whose}: ${reason}`;
}
