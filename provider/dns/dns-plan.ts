/**
 * PURE. What a member's DNS needs to resolve clusterset.local, in the only safe order: CRDs, rights, Corefile; the reverse on the way out. A CoreDNS
 * that has the option and cannot read imports is not ready, and with it the DNS of the whole cluster.
 */
import type { ConfigMap } from "../mcs/api";
import { oneLine } from "../mcs/printable";
import { addedTo, corefileOf, leaveZone, serveZone } from "./corefile-plan";
import { clustersetParts, type ClustersetParts, OPTION, ZONE } from "./corefile/clusterset-parts";
import { hasPart, type Way } from "./corefile/corefile-edits";
import { type CoreDnsVersion, knowsMulticluster } from "./coredns-version";
import { COREDNS, COREFILE, type DnsFacts } from "./dns-facts";
import { grantRights, RIGHTS_NAME, revokeRights } from "./dns-rights";
import type { DnsWrite } from "./dns-writes";
import { managerOf } from "./corefile-managers";

export interface DnsPlan {
  /** How names then resolve; undefined where they do not, or nobody can tell. */
  readonly way?: Way;
  /** In the order in which they are safe. None where there are problems. */
  readonly writes: readonly DnsWrite[];
  /** Why nothing may be written, each with the cluster and the way out. */
  readonly problems: readonly string[];
  /** All that stands against it is that the CRDs are not there yet: what would be written then. */
  readonly onceCrds?: readonly DnsWrite[];
  readonly warnings: readonly string[];
}

export interface DnsWish {
  /** Mark of whoever asks. */
  readonly owner: string;
  /** Where the member itself does not tell. */
  readonly version?: CoreDnsVersion;
}

export const CONFIG_MAP = `ConfigMap ${COREDNS.namespace}/${COREDNS.name}`;

export function planServing(id: string, facts: DnsFacts, wish: DnsWish): DnsPlan {
  const refuse = (...problems: readonly string[]): DnsPlan => ({
    writes: [],
    problems: problems.map((problem) => told(id, problem)),
    warnings: [],
  });
  const found = readCorefile(facts);
  if ("problem" in found) return refuse(found.problem);
  const { configMap, parts } = found;
  const way = wayFor(facts, wish, found);
  if (typeof way !== "string") return refuse(way.problem);
  const corefile = serveZone(configMap, parts, way, wish.owner);
  if ("refused" in corefile) return refuse(refusedText(corefile.refused));
  const rights = way === "multicluster" ? grantRights(facts, wish.owner) : { writes: [], problems: [] };
  if (rights.problems.length > 0) return refuse(...rights.problems);
  const writes = [...rights.writes, ...corefile.writes];
  const warnings = warningsOf(found, way, corefile.writes).map((warning) => told(id, warning));
  if (way === "rewrite" || facts.imports === "served") return { way, writes, problems: [], warnings };
  return facts.imports === "absent"
    ? { ...refuse(NO_CRDS), onceCrds: writes, warnings }
    : refuse(
        "whether the ServiceImports are served is not known, as they may not be listed: grant that (docs/rights.md)",
      );
}

/** Takes off what this owner put there. What others wrote stays, and with the option the right to read imports. */
export function planLeaving(id: string, facts: DnsFacts, owner: string): DnsPlan {
  const { configMap } = facts;
  if (configMap.state === "hidden") return { writes: [], problems: [told(id, configMap.why)], warnings: [] };
  const corefile = configMap.state === "there" ? leaveZone(configMap.object, owner) : { writes: [], text: "" };
  if ("refused" in corefile) {
    const problem = `${refusedText(corefile.refused)}; take "${OPTION} ${ZONE}" off by hand, then go on`;
    return { writes: [], problems: [told(id, problem)], warnings: [] };
  }
  const rights = revokeRights(facts, owner);
  // Nothing is proved of a Corefile that others have changed, but the word that would need the right is not in it.
  const stays = corefile.text.includes(OPTION) && rights.some(({ verb }) => verb === "remove");
  const warnings = stays
    ? [
        `the Corefile still has ${OPTION}, which others wrote: ClusterRole ${RIGHTS_NAME} stays, or CoreDNS could not start`,
      ]
    : [];
  return {
    writes: [...corefile.writes, ...(stays ? [] : rights)],
    problems: [],
    warnings: [
      ...warnings,
      ...restartOf(configMap.state === "there" ? configMap.object : undefined, corefile.writes),
    ].map((warning) => told(id, warning)),
  };
}

export const NO_CRDS =
  "v1alpha1 of ServiceImport, by which CoreDNS reads imports, is not served: with the option CoreDNS would not be ready, and the whole cluster be without DNS; install the CRDs of the Multi-Cluster Services API first (docs/dns.md)";

interface Found {
  readonly configMap: ConfigMap;
  readonly parts: ClustersetParts;
}

export function readCorefile({ configMap }: DnsFacts): Found | { readonly problem: string } {
  if (configMap.state === "hidden") return { problem: `${configMap.why}; grant that (deploy/rbac/dns.yaml)` };
  const text = configMap.state === "there" ? corefileOf(configMap.object) : undefined;
  if (configMap.state === "absent" || text === undefined) {
    const what = configMap.state === "absent" ? `there is no ${CONFIG_MAP}` : `${CONFIG_MAP} has no ${COREFILE}`;
    return { problem: `${what}: its DNS is no CoreDNS as kubeadm sets it up, and nothing is changed (docs/dns.md)` };
  }
  const parts = clustersetParts(text);
  return "refused" in parts ? { problem: refusedText(parts.refused) } : { configMap: configMap.object, parts };
}

function refusedText(reason: string): string {
  return oneLine(
    `the Corefile in ${CONFIG_MAP} ${reason}: it is left as it is; docs/dns.md says what to write by hand`,
    500,
  );
}

function told(id: string, text: string): string {
  return text.includes(`cluster "${id}"`) || text.startsWith(`${id}: `) ? text : `cluster "${id}": ${text}`;
}

/** By its version, unless the option of somebody else says it already. */
function wayFor(
  { version: known }: DnsFacts,
  { version: given }: DnsWish,
  found: Found,
): Way | { readonly problem: string } {
  const { configMap, parts } = found;
  if (hasPart(parts, "option") && !addedTo(configMap, parts).includes("option")) return "multicluster";
  const version = "unknown" in known ? given : known;
  if (version) return knowsMulticluster(version) ? "multicluster" : "rewrite";
  const { unknown } = known as { readonly unknown: string };
  return {
    problem: `the version of CoreDNS is not known, and one that does not know the option would not start with it: ${unknown}; give it, e.g. 1.12.2`,
  };
}

function warningsOf({ configMap, parts }: Found, way: Way, writes: readonly DnsWrite[]): readonly string[] {
  const manager = managerOf(configMap);
  return [
    ...(way === "rewrite" ? [REWRITE_LIMITS] : []),
    ...parts.limits.map((limit) => `the Corefile ${limit}`),
    ...(writes.length > 0 && manager ? [`${CONFIG_MAP} is kept by ${manager}, which may write it back`] : []),
    ...restartOf(configMap, writes, parts),
  ];
}

const REWRITE_LIMITS =
  `CoreDNS before 1.12.2 knows no ${OPTION}: names of ${ZONE} are rewritten to those of derived Services, ` +
  "which serves services of at most 55 characters whose derived Service has its usual name, and no pods by hostname and cluster";

function restartOf(
  configMap: ConfigMap | undefined,
  writes: readonly DnsWrite[],
  known?: ClustersetParts,
): readonly string[] {
  const parts = known ?? clustersetParts((configMap && corefileOf(configMap)) ?? "");
  const reloads = !("refused" in parts) && parts.reloads;
  const changed = writes.some(({ fields }) => fields.some((field) => field.startsWith(COREFILE)));
  return !changed || reloads
    ? []
    : [
        `CoreDNS there does not reload its Corefile: kubectl -n ${COREDNS.namespace} rollout restart deployment ${COREDNS.name}`,
      ];
}
