/** PURE. Whether pods of a member resolve names of clusterset.local, and why not. */
import { readCorefile } from "./dns-plan";
import { OPTION, ZONE } from "./corefile/clusterset-parts";
import { hasPart, PARTS, partText, type Way } from "./corefile/corefile-edits";
import { knowsMulticluster, versionText } from "./coredns-version";
import type { DnsFacts } from "./dns-facts";

export interface NamesVerdict {
  /** Cluster id. */
  readonly id: string;
  /** "unknown": not all of it may be read, or the Corefile is not understood. */
  readonly resolves: "yes" | "no" | "unknown";
  readonly way?: Way;
  /** Of CoreDNS, e.g. "1.12.2". */
  readonly version?: string;
  /** Why not, or why nobody can tell; with "yes", what bounds it. */
  readonly reasons: readonly string[];
}

export function namesVerdict(id: string, facts: DnsFacts): NamesVerdict {
  const { version: known } = facts;
  const version = "unknown" in known ? {} : { version: versionText(known) };
  const found = readCorefile(facts);
  if ("problem" in found) return { id, resolves: "unknown", ...version, reasons: [found.problem] };
  const { parts } = found;
  const limits = parts.limits.map((limit) => `the Corefile ${limit}`);
  if (parts.inOption) {
    const { no, unknown } = whyNot(facts);
    const missing = PARTS.multicluster.filter((part) => !hasPart(parts, part));
    const against = [...missing.map((part) => `the Corefile has ${OPTION}, and no "${partText(part)}"`), ...no];
    if (against.length > 0) return { id, resolves: "no", way: "multicluster", ...version, reasons: against };
    const resolves = unknown.length > 0 ? "unknown" : "yes";
    return { id, resolves, way: "multicluster", ...version, reasons: [...unknown, ...limits] };
  }
  if (parts.rewrite && hasPart(parts, "key"))
    return { id, resolves: "yes", way: "rewrite", ...version, reasons: limits };
  return {
    id,
    resolves: "no",
    ...version,
    reasons: [`the Corefile has nothing for ${ZONE}: pulumi-mcs dns, or mcs.ClusterSetDNS, adds it`],
  };
}

const ENDANGERED = "CoreDNS is not ready with it, and the whole cluster is without DNS";

/** What CoreDNS needs beside its Corefile. */
function whyNot(facts: DnsFacts): { readonly no: readonly string[]; readonly unknown: readonly string[] } {
  const { version, imports, mayReadImports, account } = facts;
  const whose = `CoreDNS (${account.namespace}/${account.name})`;
  return {
    no: [
      ...(!("unknown" in version) && !knowsMulticluster(version)
        ? [`CoreDNS ${versionText(version)} knows no ${OPTION} (1.12.2 does): ${ENDANGERED}`]
        : []),
      ...(imports === "absent" ? [`v1alpha1 of ServiceImport is not served: ${ENDANGERED}`] : []),
      ...(mayReadImports === "no" ? [`${whose} may not list and watch serviceimports: ${ENDANGERED}`] : []),
    ],
    unknown: [
      ...(imports === "unknown" ? ["whether ServiceImports are served is not known: they may not be listed"] : []),
      ...(mayReadImports === "unknown" ? [`whether ${whose} may read serviceimports may not be asked`] : []),
    ],
  };
}
