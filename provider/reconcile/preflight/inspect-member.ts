/** What preflight learns of one member, all questions at once. A question that cannot be answered is a finding, not an exception. */
import type { CustomResourceDefinition, IPFamily } from "../../mcs/api";
import { isSupported, MINIMUM_VERSION } from "../../mcs/kubernetes-version";
import type { MemberFault } from "../decide/faults";
import { isCidr } from "./cidr";
import { type CrdStep, planCrds } from "../membership/crd-plan";
import { type CrdPolicy, missing, missingByAnswers, readCrds } from "../membership/ensure-crds";
import { asFailure, type MemberError } from "../member-error";
import { learnFamilies } from "../observe/probe-families";
import type { Access, Member } from "../member";
import { readIdentity } from "../membership/identity";
import { accessesOf, rightsText } from "../../../common/access-text";
import { neededRights, type Right } from "../../../common/rights";

/** `arguments`: given by the program. `cluster`: read there. */
export type RangeSource = "arguments" | "cluster" | "unknown";

export interface Ranges {
  /** Sorted, without repeats. */
  readonly cidrs: readonly string[];
  readonly source: RangeSource;
}

export interface Inspection {
  readonly crds: CrdPolicy;
  readonly definitions: readonly CustomResourceDefinition[];
  readonly podCIDRs?: readonly string[];
  readonly serviceCIDRs?: readonly string[];
  readonly exports: boolean;
  readonly imports: boolean;
  /** The CRDs are to be removed with the clusterset. Default false. */
  readonly removesCrds?: boolean;
}

export interface MemberFindings {
  readonly version?: string;
  readonly identity?: string;
  readonly pods?: Ranges;
  readonly services?: Ranges;
  readonly families?: readonly IPFamily[];
  readonly crds?: readonly CrdStep[];
  readonly problems: readonly string[];
  /** Those of `problems` that only say that a question was not answered. */
  readonly unanswered: readonly string[];
  /** See `MemberReport`. */
  readonly faults: readonly MemberFault[];
  readonly warnings: readonly string[];
}

/** A part of the findings; a check returns what it learnt, and its own problems and warnings. Faults default to the problems that are answers. */
type Part = Partial<MemberFindings>;

export async function inspect(member: Member, inspection: Inspection): Promise<MemberFindings> {
  // Ask one thing first: a member that does not answer would say so to every question.
  const version = await answered(member, () => member.version());
  if (!version.ok) {
    return { ...unanswered(version.error), faults: [], warnings: [] };
  }
  const old = isSupported(version.value) ? [] : [tooOld(member.id, version.value.gitVersion)];
  const parts = await Promise.all([
    identity(member),
    slicesServed(member),
    rights(member, inspection),
    customResources(member, inspection),
    podRanges(member, inspection.podCIDRs),
    serviceRanges(member, inspection.serviceCIDRs),
    families(member, inspection.imports),
  ]);
  const merged: Part = Object.assign({}, ...parts);
  return {
    ...merged,
    version: version.value.gitVersion,
    // A credential that is refused is refused to every question: said once.
    problems: [...new Set([...old, ...parts.flatMap(({ problems = [] }) => problems)])],
    faults: [...old.map((message) => ({ message })), ...parts.flatMap(faultsOf)],
    unanswered: parts.flatMap((part) => part.unanswered ?? []),
    warnings: [...new Set(parts.flatMap(({ warnings = [] }) => warnings))],
  };
}

function faultsOf({ faults, problems = [], unanswered: open = [] }: Part): readonly MemberFault[] {
  return faults ?? problems.filter((problem) => !open.includes(problem)).map((message) => ({ message }));
}

function unanswered({ message }: MemberError): Pick<MemberFindings, "problems" | "unanswered"> {
  return { problems: [message], unanswered: [message] };
}

function tooOld(id: string, gitVersion: string): string {
  const { major, minor } = MINIMUM_VERSION;
  return `${id}: Kubernetes ${gitVersion} is too old: members need ${major}.${minor} or newer; upgrade the cluster, or leave it out of the clusterset`;
}

async function identity(member: Member): Promise<Part> {
  const namespace = await answered(member, () => member.get("Namespace", { name: "kube-system" }));
  if (namespace.ok && namespace.value?.metadata.uid !== undefined) {
    return { identity: namespace.value.metadata.uid };
  }
  const why = `${member.id}: cannot tell whether another id points at the same cluster: allow get on namespace kube-system`;
  return namespace.ok || namespace.error.code === "forbidden" ? { warnings: [why] } : unanswered(namespace.error);
}

async function slicesServed(member: Member): Promise<Part> {
  // A list, because that is the right we need anyway.
  const query = { namespace: "default", fieldSelector: "metadata.name=kubernetes" };
  const slice = await answered(member, () => member.listMetadata("EndpointSlice", query));
  if (slice.ok || slice.error.code === "forbidden") {
    return {};
  }
  return slice.error.code === "notServed"
    ? {
        problems: [
          `${member.id}: discovery.k8s.io/v1 is not served: enable it on the API server (it is on by default from 1.21)`,
        ],
      }
    : unanswered(slice.error);
}

async function rights(member: Member, inspection: Inspection): Promise<Part> {
  const { crds, exports, imports, removesCrds } = inspection;
  const duties = { exports, imports, installs: crds === "install", removes: removesCrds };
  const asked = new Map<Access, Right>();
  const ask = async (needed: readonly Right[]): Promise<readonly Access[]> => {
    const accesses = needed.flatMap((right) => {
      const all = accessesOf(right);
      all.forEach((access) => asked.set(access, right));
      return all;
    });
    return accesses.length === 0 ? [] : member.refused(accesses);
  };
  // Whether it serves ClusterProperty is a question of its own: the others do not wait for it.
  const [always, identifying] = await Promise.all([
    answered(member, () => ask(unused(neededRights(duties)))),
    answered(member, async () => ((await identifies(member)) ? ask(identifyingRights) : [])),
  ]);
  if (!always.ok) return unanswered(always.error);
  if (!identifying.ok) return unanswered(identifying.error);
  const inOrder = unused(neededRights({ ...duties, identifies: true }));
  const refused = [...always.value, ...identifying.value].sort(
    (a, b) => inOrder.indexOf(asked.get(a)!) - inOrder.indexOf(asked.get(b)!),
  );
  const lacking = refused.filter((access) => asked.get(access)?.without === undefined);
  const dispensable = Map.groupBy(
    refused.filter((access) => !lacking.includes(access)),
    (access) => asked.get(access)?.without,
  );
  const way = "grant them to this kubeconfig's user with a ClusterRole";
  const missingRights = (accesses: readonly Access[]) =>
    accesses.length === 0 ? [] : [`${member.id}: missing rights: ${rightsText(accesses)}: ${way}`];
  const faultsFor = (list: readonly Right[], part?: MemberFault["part"]): readonly MemberFault[] =>
    missingRights(lacking.filter((access) => list.includes(asked.get(access)!))).map((message) => ({
      message,
      ...(part && { part }),
    }));
  return {
    problems: missingRights(lacking),
    // What is missing for the membership itself (CRDs, properties) is no matter of a service.
    faults: [
      ...faultsFor(RIGHTS_OF.every),
      ...(exports ? faultsFor(RIGHTS_OF.export, "export") : []),
      ...(imports ? faultsFor(RIGHTS_OF.import, "import") : []),
    ],
    warnings: [...dispensable].map(
      ([without, accesses]) =>
        `${member.id}: missing ${accesses.length === 1 ? "right" : "rights"}: ${rightsText(accesses)}: ${without}; ${way}`,
    ),
  };
}

/** Where it cannot be told, the rights to it are asked for. */
async function identifies(member: Member): Promise<boolean> {
  const about = await answered(member, () => readIdentity(member));
  return !about.ok || about.value !== undefined;
}

/** Without those whose use tells whether we have them. */
function unused(rightsAsked: readonly Right[]): readonly Right[] {
  return rightsAsked.filter(({ used }) => used === undefined);
}

const NO_DUTIES = { exports: false, imports: false, installs: false };
const every = neededRights(NO_DUTIES);
const beyondEvery = (rightsOfPart: readonly Right[]) => rightsOfPart.filter((right) => !every.includes(right));
const identifyingRights = beyondEvery(neededRights({ ...NO_DUTIES, identifies: true }));
const RIGHTS_OF = {
  every,
  export: beyondEvery(neededRights({ ...NO_DUTIES, exports: true })),
  import: beyondEvery(neededRights({ ...NO_DUTIES, imports: true })),
} as const;

async function customResources(member: Member, { crds, definitions }: Inspection): Promise<Part> {
  const live = await answered(member, () => readCrds(member, definitions));
  if (live.ok) {
    const steps = planCrds(live.value, definitions);
    const unusable = crds === "require" ? steps : steps.filter(({ action }) => action === "keep");
    return { crds: steps, problems: unusable.flatMap((step) => missing(member.id, step)) };
  }
  if (live.error.code !== "forbidden") {
    return unanswered(live.error);
  }
  // Who only uses the CRDs need not be allowed to read them: whether the kinds answer says as much. With "install", rights() reports it.
  return crds === "require" ? kindsServed(member, definitions) : {};
}

async function kindsServed(member: Member, definitions: readonly CustomResourceDefinition[]): Promise<Part> {
  const problems = await answered(member, () => missingByAnswers(member, definitions));
  return problems.ok ? { problems: problems.value } : unanswered(problems.error);
}

async function podRanges(member: Member, given: readonly string[] | undefined): Promise<Part> {
  if (given !== undefined) {
    return fromArguments(member.id, "podCIDRs", given);
  }
  const nodes = await answered(member, () => member.list("Node"));
  const cidrs = nodes.ok
    ? nodes.value.flatMap(({ spec }) => spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : []))
    : [];
  const why = nodes.ok ? "its nodes do not say them" : whyNot(nodes.error, "nodes");
  return learnt(member.id, "podCIDRs", cidrs, why);
}

async function serviceRanges(member: Member, given: readonly string[] | undefined): Promise<Part> {
  if (given !== undefined) {
    return fromArguments(member.id, "serviceCIDRs", given);
  }
  const objects = await answered(member, () => member.list("ServiceCIDR"));
  const cidrs = objects.ok ? objects.value.flatMap(({ spec }) => spec?.cidrs ?? []) : [];
  const absent = "it has no ServiceCIDR objects, as before Kubernetes 1.33";
  const why = objects.ok || objects.error.code === "notServed" ? absent : whyNot(objects.error, "servicecidrs");
  return learnt(member.id, "serviceCIDRs", cidrs, why);
}

function whyNot({ code, message }: MemberError, resource: string): string {
  return code === "forbidden" ? `we may not list ${resource}` : message;
}

function fromArguments(id: string, field: "podCIDRs" | "serviceCIDRs", given: readonly string[]): Part {
  const problems = given
    .filter((cidr) => !isCidr(cidr))
    .map((cidr) => `${id}: ${field}: "${cidr}" is not a CIDR such as 10.1.0.0/16: correct it in the clusterset`);
  return { ...placed(field, { cidrs: sorted(given), source: "arguments" }), problems };
}

function learnt(id: string, field: "podCIDRs" | "serviceCIDRs", cidrs: readonly string[], why: string): Part {
  const valid = sorted(cidrs.filter(isCidr));
  if (valid.length > 0) {
    return placed(field, { cidrs: valid, source: "cluster" });
  }
  const text = `${id}: its ${field} cannot be learnt (${why}), so an overlap with other members would go unseen: give ${field} in the clusterset`;
  return { ...placed(field, { cidrs: [], source: "unknown" }), warnings: [text] };
}

function placed(field: "podCIDRs" | "serviceCIDRs", ranges: Ranges): Part {
  return field === "podCIDRs" ? { pods: ranges } : { services: ranges };
}

function sorted(cidrs: readonly string[]): readonly string[] {
  return [...new Set(cidrs)].sort();
}

async function families(member: Member, imports: boolean): Promise<Part> {
  if (!imports) {
    return {};
  }
  const learntFamilies = await answered(member, () => learnFamilies(member, "default"));
  if (learntFamilies.ok) {
    return { families: learntFamilies.value };
  }
  const { code, message } = learntFamilies.error;
  const warnings = [`${member.id}: cannot learn the IP families of Services: ${message}`];
  if (code !== "forbidden") return { warnings };
  // A policy or a quota says the same as RBAC does; what RBAC lacks, rights() has said already.
  const lacking = await answered(member, () => member.refused([{ verb: "create", group: "", resource: "services" }]));
  return lacking.ok && lacking.value.length > 0 ? {} : { warnings };
}

type Answered<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: MemberError };

async function answered<T>(member: Member, ask: () => Promise<T>): Promise<Answered<T>> {
  try {
    return { ok: true, value: await ask() };
  } catch (error) {
    return { ok: false, error: asFailure(error, member.id) };
  }
}
