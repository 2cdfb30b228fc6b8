/** create and update of a service: the preflight, the writes, the wait. */
import type { Finding, Outcome } from "../../reconcile/intent";
import { ProblemsError, reconcile } from "../../reconcile/reconcile";
import { settle } from "./await-service";
import { asOf } from "../process/as-of";
import { timeOver } from "../process/request-time";
import type { Context } from "../process/context";
import { notCleared, notClearedFindings } from "./removed-members";
import { asRefusal, messagesOf, Partial, refusal } from "../display/failure";
import type { Properties } from "../inputs/properties";
import { faultsOfRoles, type Faults } from "../../reconcile/decide/faults";
import type { Roles } from "./service-kinds";
import { requirePreflight } from "../membership/set-preflight";
import { intentOf, outputsOf, type ServiceState } from "./service-state";
import { resourceDisplay } from "../display/resource-display";

/**
 * The outputs. Throws a refusal when nothing was written, a Partial when something was and the service does not work.
 * @param id of the resource, which keeps it when the member changes that is part of it
 * @param before of an update, as it was: what it leaves behind in members it does not work in any more is a failure
 */
export async function write(
  context: Context,
  state: ServiceState,
  { id, before }: { readonly id: string; readonly before?: ServiceState },
): Promise<Properties> {
  const display = resourceDisplay(context.log, state.inputs.resourceUrn);
  const faults = await requirePreflight(context, state.inputs);
  if (!before) refuseFaults(faults, state);

  const first = await reconcileNow(context, state, faults);
  await display.done(first.done);
  const again = (last: Outcome) => reconcileAgain(context, state, { faults, last });
  const ends = [context.cancelled, timeOver()].filter((signal) => signal !== undefined);
  const cancelled = AbortSignal.any(ends);
  const { outcome, reasons } = await settle(first, { state, display, fleet: context.fleet, again, cancelled });
  await display.warn(outcome.warnings);

  // Once everything is written the resource has what it was to take over: from then on nothing is taken from another.
  const unfinished = state.unfinished && outcome.failures.length > 0;
  const left = before && !context.settings.forgetUnreachable ? notCleared(before, state, outcome) : [];
  const outputs = outputsOf({ ...state, unfinished, withdrawing: left }, outcome.view);
  const findings = before ? notClearedFindings(left, before, outcome) : [];
  const wrong = [...messagesOf([...outcome.failures, ...findings]), ...reasons];
  if (wrong.length > 0) throw new Partial(id, outputs, wrong);
  return outputs;
}

/**
 * Refused with every problem at once. What only seems to be absent, because the members were read before the program made it, is
 * looked for a second time.
 */
export async function reconcileNow(context: Context, state: ServiceState, faults: Faults): Promise<Outcome> {
  try {
    return await reconciled(context, state, faults);
  } catch (error) {
    throw isProblems(error) ? nothingWritten(error.problems) : error;
  }
}

/** Once something was written, what comes up is a failure: as a refusal it would have the engine forget what was made. */
async function reconcileAgain(
  context: Context,
  state: ServiceState,
  { faults, last }: { readonly faults: Faults; readonly last: Outcome },
): Promise<Outcome> {
  try {
    return await reconciled(context, state, faults);
  } catch (error) {
    const failures = isProblems(error) ? error.problems : [{ message: asRefusal(error).message }];
    return { ...last, done: [], failures };
  }
}

/** Rejects with a ProblemsError. */
async function reconciled(context: Context, state: ServiceState, faults: Faults): Promise<Outcome> {
  const { fleet } = context;
  const intent = { ...intentOf(state, context), faults };
  const since = asOf(context, state.inputs.resourceUrn);
  try {
    return await reconcile(fleet, intent, since);
  } catch (error) {
    if (!isProblems(error) || error.problems.some((problem) => problem.pending === undefined)) throw error;
  }
  fleet.doubt(intent.key);
  return reconcile(fleet, intent, since);
}

/** What a new resource names must be sound; later its members are held one by one. */
function refuseFaults(faults: Faults, { roles }: ServiceState): void {
  const findings = roleFindings(faults, roles);
  if (findings.length > 0) throw nothingWritten(findings);
}

export function roleFindings(faults: Faults, roles: Roles): readonly Finding[] {
  return [...faultsOfRoles(faults, roles)].flatMap(([member, messages]) =>
    messages.map((message) => ({ member, message })),
  );
}

function nothingWritten(problems: readonly Finding[]) {
  return refusal("nothing was written, because", problems);
}

export function isProblems(error: unknown): error is ProblemsError {
  return error instanceof ProblemsError;
}
