/** Brings the CRDs of the Multi-Cluster Services API into a member, or checks that they are there. */
import type { CustomResourceDefinition } from "../../mcs/api";
import { type CrdStep, isEstablished, isLeaving, planCrd, planCrds, servesVersion, upgraded } from "./crd-plan";
import { isMemberError, MemberError } from "../member-error";
import type { Kind, ListQuery, Member } from "../member";
import { pause } from "../pause";

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
  /** The definitions to bring, in the order to install them. */
  readonly definitions: readonly CustomResourceDefinition[];
  /** Seconds until they must be Established and answer. Default 60. */
  readonly timeoutSeconds?: number;
  /** Waits between two looks, for tests. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

/** Selects nothing: whether a kind answers at all is seen with the right that reading it needs anyway. */
export const PROBE: ListQuery = { namespace: "default", fieldSelector: "metadata.name=pulumi-mcs-probe" };

const POLL_MS = 250;
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
  const installed: Installed[] = [];
  for (const definition of definitions) {
    installed.push(await install(member, definition, options));
  }
  const steps = installed.map(({ step }) => step);
  // What is newer than ours is left alone, also where it no longer serves what we speak: waiting would not change that.
  const problems = steps.filter(({ action }) => action === "keep").flatMap((step) => missing(member.id, step));
  if (problems.length === 0) {
    for (const { step } of installed.filter((one) => !one.ready)) {
      await established(member, step.name, options);
    }
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

/** As it is; one that is being deleted takes nothing any more, and is waited for until it is gone. */
async function lasting(
  member: Member,
  name: string,
  options: EnsureOptions,
): Promise<CustomResourceDefinition | undefined> {
  let live: CustomResourceDefinition | undefined;
  const settled = await lookUntil(options, async () => {
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
  for (let round = 1; ; round += 1) {
    const live = await lasting(member, name, options);
    const step = planCrd(live, definition);
    if (live !== undefined && step.action === "keep") {
      return { step, ready: isEstablished(live) };
    }
    try {
      await (live === undefined
        ? member.create("CustomResourceDefinition", definition)
        : member.update("CustomResourceDefinition", upgraded(live, definition)));
      return { step, ready: false };
    } catch (error) {
      const raced =
        isMemberError(error) &&
        (error.code === "alreadyExists" || error.code === "conflict" || error.code === "notFound");
      if (!raced || round === ROUNDS) {
        throw error;
      }
    }
  }
}

/** Established is said a moment before the kind answers, so both are waited for. */
async function established(member: Member, name: string, options: EnsureOptions): Promise<void> {
  let why = "it is not there";
  const ready = await lookUntil(options, async () => {
    const live = await member.get("CustomResourceDefinition", { name });
    why = live === undefined ? why : whyNot(live);
    return live !== undefined && isEstablished(live) && servesVersion(live) && (await answers(member, live));
  });
  if (!ready) throw late(member, name, options, why);
}

/** Whether it became so in time. */
async function lookUntil(
  { timeoutSeconds = TIMEOUT_SECONDS, wait = pause }: EnsureOptions,
  isSo: () => Promise<boolean>,
): Promise<boolean> {
  for (let waited = 0; waited <= timeoutSeconds * 1_000; waited += POLL_MS) {
    if (await isSo()) return true;
    await wait(POLL_MS);
  }
  return false;
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

async function answers(member: Member, live: CustomResourceDefinition): Promise<boolean> {
  const kind: Kind = live.metadata.name.startsWith("serviceexports.") ? "ServiceExport" : "ServiceImport";
  try {
    await member.listMetadata(kind, PROBE);
    return true;
  } catch (error) {
    if (isMemberError(error) && (error.code === "notServed" || error.code === "forbidden")) {
      // Rights are asked for elsewhere; whoever installs need not be allowed to use.
      return error.code === "forbidden";
    }
    throw error;
  }
}

function whyNot({ status }: CustomResourceDefinition): string {
  const refused = status?.conditions?.find(({ type, status: value }) => type === "NamesAccepted" && value === "False");
  return refused === undefined ? "not Established" : "its names are taken by another CRD";
}
