/** clusterset.yaml: the members of a clusterset as a file. docs/clusterset.schema.json says the same for editors; a test holds the two together. */
import type * as yaml from "yaml";
import { isDnsLabel } from "../../mcs/label-value";
import { oneLine } from "../../mcs/printable";
import type { GivenRanges } from "../../reconcile/observe/fleet";

/** One member as the file has it. Exactly one of `kubeconfigPath` and `inCluster`. */
export interface ConfiguredMember extends GivenRanges {
  /** Cluster id. */
  readonly id: string;
  /** As it is written: relative to the folder of the file; a leading `~` is the home folder. */
  readonly kubeconfigPath?: string;
  /** The cluster of the pod that the process runs in. */
  readonly inCluster?: true;
  /** Default: the kubeconfig's current context. */
  readonly context?: string;
}

/** All that is wrong with a file, on one line. */
export class ClusterSetFileError extends Error {
  override readonly name = "ClusterSetFileError";
}

const FIELDS = ["kubeconfigPath", "inCluster", "context", "podCIDRs", "serviceCIDRs"] as const;
const CIDR = /^[0-9a-fA-F.:]{2,45}\/\d{1,3}$/;

/** Sorted by id. Throws ClusterSetFileError. @param name of the file, for messages */
export function parseClusterSet(text: string, name: string): readonly ConfiguredMember[] {
  const problems: string[] = [];
  const content = contentOf(text, name);
  for (const key of Object.keys(content))
    if (key !== "clusters") problems.push(`"${key}" is no field of it; there is "clusters"`);
  const { clusters } = content;
  if (!isRecord(clusters) || Object.keys(clusters).length === 0)
    // A file that was emptied by mistake must not read as a clusterset that everybody has left.
    problems.push('"clusters" must name at least one member: clusters: { member1: { kubeconfigPath: … } }');
  const members = isRecord(clusters)
    ? Object.entries(clusters).flatMap(([id, given]) => member(id, given, problems))
    : [];
  if (problems.length > 0) throw new ClusterSetFileError(oneLine(`${name}: ${problems.join("; ")}`, 1_000));
  return members.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function contentOf(text: string, name: string): Record<string, unknown> {
  const { parseDocument } = require("yaml") as typeof yaml;
  const document = parseDocument(text, { uniqueKeys: true });
  const [fault] = document.errors;
  if (fault !== undefined) {
    // The parser's message quotes the line; its code and place do not.
    const line = fault.linePos?.[0].line;
    const what = fault.code === "DUPLICATE_KEY" ? "a key stands in it twice" : "it does not parse as YAML";
    throw new ClusterSetFileError(`${name}: ${what}${line === undefined ? "" : ` (line ${line})`}`);
  }
  const content: unknown = document.toJS({ maxAliasCount: 10 });
  if (isRecord(content)) return content;
  throw new ClusterSetFileError(`${name}: it has no "clusters": clusters: { member1: { kubeconfigPath: … } }`);
}

function member(id: string, given: unknown, problems: string[]): readonly ConfiguredMember[] {
  const before = problems.length;
  const wrong = (text: string) => void problems.push(`clusters.${id}: ${text}`);
  if (!isDnsLabel(id)) wrong('a cluster id is a DNS label: lower-case letters, digits and "-", at most 63');
  if (!isRecord(given)) {
    wrong("give kubeconfigPath (a file) or inCluster: true");
    return [];
  }
  for (const key of Object.keys(given))
    if (!FIELDS.some((field) => field === key)) wrong(`"${key}" is no field; there are ${FIELDS.join(", ")}`);
  const { kubeconfigPath, inCluster, context, podCIDRs, serviceCIDRs } = given;
  if ((kubeconfigPath === undefined) === (inCluster === undefined))
    wrong("give one of kubeconfigPath (a file) and inCluster: true");
  if (kubeconfigPath !== undefined && !isText(kubeconfigPath)) wrong("kubeconfigPath must be the path of a file");
  if (inCluster !== undefined && inCluster !== true) wrong("inCluster can only be true");
  if (context !== undefined && !isText(context)) wrong("context must be the name of a context");
  for (const [field, ranges] of Object.entries({ podCIDRs, serviceCIDRs }))
    if (ranges !== undefined && !isRanges(ranges)) wrong(`${field} must be a list of ranges, e.g. ["10.1.0.0/16"]`);
  return problems.length > before ? [] : [{ id, ...(given as Omit<ConfiguredMember, "id">) }];
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isRanges(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string" && CIDR.test(one));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
