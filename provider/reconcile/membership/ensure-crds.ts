/** Brings the CRDs of the Multi-Cluster Services API into a member, or checks that they are there. */
import type { CustomResourceDefinition } from "../../mcs/api";
import type { Owner } from "../../mcs/marks";
import {
  type CrdStep,
  EARLIER_VERSION,
  installedBy,
  isEstablished,
  isLeaving,
  planCrd,
  planCrds,
  SERVED_VERSION,
  serves,
  upgraded,
} from "./crd-plan";
import { asFailure, isMemberError, MemberError } from "../member-error";
import type { Kind, ListQuery, Member } from "../member";
import { together } from "../together";
import { backoff, type Clock, lookUntil, processClock } from "../waiting";

/** `install`: make them be there. `require`: somebody else does; only check. */
export type CrdPolicy = "install" | "require";

export interface CrdOutcome {
  /** What was found and, with `install`, done; one step a definition, in their order. */
  readonly steps: readonly CrdStep[];
  /** Why the member cannot be used, with the way out; empty when all is well. `install` has one only for a CRD that is newer and no longer serves v1beta1. */
  readonly problems: readonly string[];
}

export interface EnsureOptions {
  readonly policy: CrdPolicy;
  /** The definitions to bring, all at once. */
  readonly definitions: readonly CustomResourceDefinition[];
  /** Written on what is made, and on nothing that was there before: who may take it away again. Default: nobody. */
  readonly owner?: Owner;
  /** Seconds until they must be Established and answer. Default 60. */
  readonly timeoutSeconds?: number;
  /** Default: the process's own. */
  readonly clock?: Clock;
}

/** Selects nothing: whether a kind answers at all is seen with the right that reading it needs anyway. */
export const PROBE: ListQuery = { namespace: "default", fieldSelector: "metadata.name=pulumi-mcs-probe" };

const TIMEOUT_SECONDS = 60;
/** Another installer may be at work on the same CRD: look again and decide again, this often. */
const ROUNDS = 5;

/**
 * After `install` returns, v1beta1 of every definition answers.
 * Rejects with MemberError: what the cluster said, or `unavailable` where a CRD was not Established in time.
 */
export async function ensureCrds(member: Member, options: EnsureOptions): Promise<CrdOutcome> {
  const { policy, definitions } = options;
  if (policy === "require") {
    const steps = planCrds(await readCrds(member, definitions), definitions);
    return { steps, problems: steps.flatMap((step) => missing(member.id, step)) };
  }
  const installed = await together(definitions.map((definition) => install(member, definition, options)));
  const steps = installed.map(({ step }) => step);
  // What is newer than ours is left alone, also where it no longer serves what we speak: waiting would not change that.
  const problems = steps.filter(({ action }) => action === "keep").flatMap((step) => missing(member.id, step));
  if (problems.length === 0) {
    const coming = installed.filter((one) => !one.ready);
    await together(coming.map(({ step }) => established(member, step.name, options)));
  }
  return { steps, problems };
}

interface Installed {
  readonly step: CrdStep;
  /** It was there already, Established. */
  readonly ready: boolean;
}

/** Those of the definitions that are there. */
export async function readCrds(
  member: Member,
  definitions: readonly CustomResourceDefinition[],
): Promise<readonly CustomResourceDefinition[]> {
  const live = await Promise.all(
    definitions.map(({ metadata }) => member.get("CustomResourceDefinition", { name: metadata.name })),
  );
  return live.filter((crd) => crd !== undefined);
}

/** Why this step leaves the member unusable where nobody carries it out: one problem, or none. */
export function missing(member: string, { name, action, from, to, usable }: CrdStep): readonly string[] {
  if (usable) {
    return [];
  }
  const way = `install the Multi-Cluster Services API CRDs (release ${to.split(" ")[0]}) there, or set crds: "install"`;
  switch (action) {
    case "create":
      return [`${member}: CRD ${name} is not installed: ${way}`];
    case "update":
      return [`${member}: CRD ${name} (${from}) does not serve v1beta1: ${way}`];
    case "keep":
      return [
        `${member}: CRD ${name} (${from}) is newer than ${to} and does not serve v1beta1: use a newer release of this package`,
      ];
  }
}

/**
 * The same for who may not read definitions: whether their kinds answer says as much, and by which version.
 * Rejects with MemberError.
 */
export async function missingByAnswers(
  member: Member,
  definitions: readonly CustomResourceDefinition[],
): Promise<readonly string[]> {
  const told = planCrds([], definitions).map(async (step) => {
    if (await isAnswering(member, step.name, SERVED_VERSION)) return [];
    const outdated = await isAnswering(member, step.name, EARLIER_VERSION);
    return missing(member.id, outdated ? { ...step, action: "update", from: `serves ${EARLIER_VERSION} alone` } : step);
  });
  return (await Promise.all(told)).flat();
}

/** Where we may not list the kind it is taken to: rights are asked for elsewhere, and whoever installs need not be allowed to use. */
async function isAnswering(
  member: Member,
  crd: string,
  version: typeof SERVED_VERSION | typeof EARLIER_VERSION,
): Promise<boolean> {
  const query = version === EARLIER_VERSION ? { ...PROBE, version } : PROBE;
  try {
    await member.listMetadata(kindOf(crd), query);
    return true;
  } catch (error) {
    const { code } = asFailure(error, member.id);
    if (code === "notServed") return false;
    if (code === "forbidden") return version === SERVED_VERSION;
    throw error;
  }
}

function kindOf(crd: string): Kind & ("ServiceExport" | "ServiceImport") {
  return crd.startsWith("serviceexports.") ? "ServiceExport" : "ServiceImport";
}

/** As it is; one that is being deleted takes nothing any more, and is waited for until it is gone. */
async function lasting(
  member: Member,
  name: string,
  options: EnsureOptions,
): Promise<CustomResourceDefinition | undefined> {
  let live: CustomResourceDefinition | undefined;
  const settled = await inTime(options, async () => {
    live = await member.get("CustomResourceDefinition", { name });
    return live === undefined || !isLeaving(live);
  });
  if (!settled) throw late(member, name, options, "it is being deleted, and does not go");
  return live;
}

async function install(
  member: Member,
  definition: CustomResourceDefinition,
  options: EnsureOptions,
): Promise<Installed> {
  const { name } = definition.metadata;
  const { clock = processClock, owner } = options;
  for (let round = 1; ; round += 1) {
    const live = await lasting(member, name, options);
    const step = planCrd(live, definition);
    if (live !== undefined && step.action === "keep") {
      return { step, ready: isEstablished(live) };
    }
    try {
      await (live === undefined
        ? member.create("CustomResourceDefinition", owner ? installedBy(owner, definition) : definition)
        : member.update("CustomResourceDefinition", upgraded(live, definition)));
      return { step, ready: false };
    } catch (error) {
      const raced =
        isMemberError(error) &&
        (error.code === "alreadyExists" || error.code === "conflict" || error.code === "notFound");
      if (!raced || round === ROUNDS) {
        throw error;
      }
      await clock.wait(backoff(round, clock.jitter()));
    }
  }
}

/** Established is said a moment before the kind answers, so both are waited for. */
async function established(member: Member, name: string, options: EnsureOptions): Promise<void> {
  let why = "it is not there";
  const ready = await inTime(options, async () => {
    const [live, answers] = await Promise.all([
      member.get("CustomResourceDefinition", { name }),
      isAnswering(member, name, SERVED_VERSION),
    ]);
    why = live === undefined ? why : whyNot(live);
    return live !== undefined && isEstablished(live) && serves(live, SERVED_VERSION) && answers;
  });
  if (!ready) throw late(member, name, options, why);
}

/** Whether it became so in time. */
function inTime(
  { timeoutSeconds = TIMEOUT_SECONDS, clock = processClock }: EnsureOptions,
  isSo: () => Promise<boolean>,
): Promise<boolean> {
  return lookUntil(clock, timeoutSeconds * 1_000, isSo);
}

function late(
  { id }: Member,
  name: string,
  { timeoutSeconds = TIMEOUT_SECONDS }: EnsureOptions,
  why: string,
): MemberError {
  const text = `${id}: CRD ${name} was not ready after ${timeoutSeconds} s (${why}): see its conditions, then run again`;
  return new MemberError("unavailable", id, text);
}

function whyNot({ status }: CustomResourceDefinition): string {
  const refused = status?.conditions?.find(({ type, status: value }) => type === "NamesAccepted" && value === "False");
  return refused === undefined ? "not Established" : "its names are taken by another CRD";
}
