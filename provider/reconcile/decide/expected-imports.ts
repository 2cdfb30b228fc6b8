/**
 * PURE. What importing members will get once what is missing is there. In the first preview of a program that makes the Service as well as its
 * export, nothing else can be shown of them.
 */
import type { MemberService, View } from "../../mcs/observed";
import type { Deciding } from "./deciding";
import type { Announcement, Expected } from "../intent";

/** Of the members that are asked to import and cannot yet, for want of an exported Service, or of a namespace. */
export function expectedImports(context: Deciding): readonly Expected[] {
  const { intent, views, exporters, imported } = context;
  // What a member that cannot be read exports nobody knows.
  if (!imported && exporters.held.length > 0) return [];
  const sources = imported ? [] : missingSources(context);
  return views.flatMap((view): Expected[] => {
    if (view.state !== "read" || !intent.importTo.includes(view.id)) return [];
    const { namespace } = view.service;
    if (namespace === "terminating") return [];
    const once = [
      ...(namespace === "absent" ? [`namespace "${intent.key.namespace}" exists in ${view.id}`] : []),
      ...sources,
    ];
    return once.length === 0 ? [] : [{ member: view.id, writes: writes(view.service, context), once }];
  });
}

function missingSources({ intent, views }: Deciding): readonly string[] {
  const key = `${intent.key.namespace}/${intent.key.name}`;
  if (intent.exportFrom.length === 0) return [`a member exports ${key}`];
  const lacking = views.filter((view) => intent.exportFrom.includes(view.id) && lacksService(view)).map(({ id }) => id);
  return lacking.length === 0 ? [] : [`Service ${key} exists in ${lacking.join(", ")}`];
}

function lacksService(view: View): boolean {
  return view.state === "read" && view.service.service === undefined;
}

function writes({ import: live, derived }: MemberService, { intent }: Deciding): Expected["writes"] {
  const made: readonly (Pick<Announcement, "verb" | "kind" | "name"> & { readonly there: boolean })[] = [
    {
      verb: "create",
      kind: "Service",
      name: intent.derivedName,
      there: derived.some((it) => it.metadata.name === intent.derivedName),
    },
    { verb: "create", kind: "ServiceImport", name: intent.key.name, there: live !== undefined },
  ];
  return made.filter(({ there }) => !there).map(({ verb, kind, name }) => ({ verb, kind, name }));
}
