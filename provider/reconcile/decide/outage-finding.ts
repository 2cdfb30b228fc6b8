/** PURE. What is said of a member that cannot be read, or export: why, what becomes of what came from it, and how old that is. */
import { LABEL, MANAGER } from "../../mcs/marks";
import type { View } from "../../mcs/observed";
import type { Deciding } from "./deciding";
import type { Finding } from "../intent";

export function outageFinding({ id, message }: View & { state: "unreadable" }, context: Deciding): Finding {
  return finding(id, message, { context, end: "the cluster can be read again" });
}

/** Of a member that answers, and in which the export could not be made. */
export function unexportedFinding(id: string, message: string, context: Deciding): Finding {
  return finding(id, message, { context, end: "its export is made" });
}

interface Held {
  readonly context: Deciding;
  /** When the member is heard again, in words that follow "until". */
  readonly end: string;
}

function finding(member: string, message: string, held: Held): Finding {
  const { exportFrom, importTo } = held.context.intent;
  // Who asks for nothing, as a resource that goes, keeps nothing.
  if (exportFrom.length + importTo.length === 0) return { member, message };
  return { member, message: `${message} (${consequence(member, held)})` };
}

/** Does the service export from it, import to it, or take endpoints of it? */
export function concerns(id: string, { intent, exporters }: Deciding): boolean {
  const { exportFrom, importTo, sources = [] } = intent;
  return [...exportFrom, ...importTo, ...sources, ...exporters.constituents.map((c) => c.cluster)].includes(id);
}

function consequence(id: string, { context: { outages, views }, end }: Held): string {
  const { treatment = "keep", until } = outages.get(id) ?? {};
  const last = lastChanged(id, views);
  const age = last ? `; its endpoints last changed ${last}` : "";
  switch (treatment) {
    case "keep":
      return until
        ? `the endpoints that came from "${id}" are kept until ${until}, then they are removed${age}`
        : `what came from "${id}" is kept as it is until ${end}${age}`;
    case "notReady":
      return `the endpoints that came from "${id}" are kept, but not ready, until ${end}`;
    case "remove":
      return `the endpoints that came from "${id}" are removed, as nothing confirmed them in time; they come back once ${end}`;
  }
}

/** When we last wrote a slice of it in any importer, as far as their metadata tells: RFC 3339. */
function lastChanged(source: string, views: readonly View[]): string | undefined {
  const slices = views.flatMap((view) => (view.state === "read" ? view.service.importedSlices : []));
  return slices
    .filter(({ object }) => object.metadata.labels?.[LABEL.sourceCluster] === source)
    .flatMap(({ object }) => object.metadata.managedFields ?? [])
    .flatMap(({ manager, time }) => (manager === MANAGER && time ? [time] : []))
    .sort()
    .at(-1);
}
