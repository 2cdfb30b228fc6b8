/** `pulumi-mcs graph`: the clusterset as a picture. Only reads. */
import { writeFile } from "node:fs/promises";
import { overview, type Overview } from "../../reconcile/overview/overview";
import type { ClusterOption } from "../cluster-option";
import type { Printer } from "../printer";
import { withMembers } from "../with-members";
import { htmlPage } from "./html-page";
import { mermaidText } from "./mermaid-text";
import { svgPicture } from "./svg-picture";

const WRITERS = { mermaid: mermaidText, svg: svgPicture, html: htmlPage } as const satisfies Record<
  string,
  (read: Overview) => string
>;

export type GraphFormat = keyof typeof WRITERS;
export const GRAPH_FORMATS = Object.keys(WRITERS) as readonly GraphFormat[];

export interface GraphOptions {
  readonly cluster: readonly ClusterOption[];
  /** Default: all. */
  readonly namespace?: string;
  readonly format: GraphFormat;
  /** A file, which is overwritten. Default: standard output. */
  readonly out?: string;
}

/** Exit code: 0 the picture shows all members, 2 one of them could not be read, and is in it as "?". Whether all is well, `status` tells. */
export async function graph({ cluster, namespace, format, out }: GraphOptions, printer: Printer): Promise<number> {
  printer.err(`asking ${cluster.length} clusters…`);
  const read = await withMembers(cluster, (fleet) => overview(fleet, { namespace }));
  const picture = WRITERS[format](read);
  if (out === undefined) printer.out(picture.trimEnd());
  else await writeFile(out, `${picture.trimEnd()}\n`);
  const unreadable = read.members.flatMap((member) => (member.state === "unreadable" ? [member.why] : []));
  for (const why of unreadable) printer.err(`not known: ${why}`);
  return unreadable.length > 0 ? 2 : 0;
}
