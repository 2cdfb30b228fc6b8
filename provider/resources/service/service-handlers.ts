/** The handlers of the three resources of a service. Everything they decide comes from one look at the clusters, shared by the process. */
import type { Finding, Preview } from "../../reconcile/intent";
import { destroy, withoutRoles } from "../../reconcile/destroy";
import { preview } from "../../reconcile/reconcile";
import { asOf } from "../process/as-of";
import { configured, context, NO_CLUSTERSET, type Context } from "../process/context";
import { inRemovedMembers, notClearedFindings } from "./removed-members";
import { exportedSizeFailures } from "../inputs/exported-size";
import { messagesOf, refusal } from "../display/failure";
import { changedFields, checkFields, type Failure } from "../inputs/input-fields";
import { handlers, type DiffResult, type Handlers, type ReadResult } from "../handlers";
import type { ServiceKind } from "./service-kinds";
import { refreshedInputs } from "./refreshed-inputs";
import { isReplacement, rememberStanding, REPLACED } from "./replacement";
import { beginPreflight, preflightFor, requirePreflight } from "../membership/set-preflight";
import { isFaulty } from "../../reconcile/decide/faults";
import { foretold } from "./foretold";
import { importService, isImported, wasJustImported } from "./import-service";
import { isReadOnly, readOnly } from "./read-only";
import { refusedInCheck, refusedInDiff, refuseInPlace } from "./refusals";
import { isReplacing } from "./replace-on-changes";
import { mayRepair } from "../display/may-repair";
import { requireReadable, unreadable } from "./unreadable-members";
import type { Properties } from "../inputs/properties";
import { reconcileNow, roleFindings, write } from "./service-write";
import {
  idOf,
  intentOf,
  madeState,
  membersOf,
  newState,
  outputsOf,
  stateOf,
  withInputs,
  type ServiceState,
} from "./service-state";
import { isUnknown } from "../inputs/unknown";
import { tellWhatIsToCome } from "./planned-exports";
import { resourceDisplay, type Purpose, type ResourceDisplay } from "../display/resource-display";

export function serviceHandlers(kind: ServiceKind): Handlers {
  return handlers(kind.name, {
    async check(olds, news) {
      const here = configured();
      if (!here) return { inputs: news, failures: [{ property: "clusterSet", reason: NO_CLUSTERSET }] };
      const { inputs, failures } = checkFields(kind.fields, news, here.members);
      const wrong = [...failures, ...ownName(inputs), ...exportedSizeFailures(inputs)];
      const isNew = Object.keys(olds).length === 0;
      if (!isNew) rememberStanding(here, newState(kind, olds), inputs.resourceUrn);
      if (wrong.length > 0 || (isNew && isUnknown(inputs))) return { inputs, failures: wrong };
      // For a resource that does not exist the engine asks nothing else in a preview: what will be made is shown here or nowhere.
      const against = isNew ? await previewNew(here, newState(kind, inputs)) : leftBehind(here, newState(kind, olds));
      return { inputs, failures: await refusedInCheck(here, newState(kind, inputs).inputs.resourceUrn, against) };
    },

    async diff(id, olds, news) {
      const here = context();
      // A refresh asks for it, too.
      if (isReadOnly(olds)) return { changes: false };
      if (wasJustImported(here, id)) {
        const changed = changedFields(kind.fields, olds, news);
        return { changes: changed.length > 0, changed };
      }
      return refusedInDiff(here, newState(kind, news).inputs.resourceUrn, () => differences(here, kind, olds, news));
    },

    async create(properties) {
      const here = context();
      const state = madeState(kind, properties);
      here.fleet.follow();
      const absent = await unreadable(here, membersOf(state.roles), whenAsked(here, state));
      if (absent.length > 0) throw refusal("nothing was written, because members cannot be read", absent);
      const id = idOf(state.inputs);
      return { id, outs: await write(here, state, { id }) };
    },

    async update(id, olds, news) {
      const here = context();
      refuseInPlace(kind, olds, news);
      const before = stateOf(kind, olds);
      const state = withInputs(before, news);
      here.fleet.follow();
      await requireReadable(here, state.inputs);
      await refuseRemovedMembers(here, before);
      return { outs: await write(here, state, { id, before }) };
    },

    async read(id, outputs) {
      const here = context();
      if (isReadOnly(outputs)) return readOnly(here, kind, id, outputs);
      if (isImported(outputs)) return { id, props: outputs };
      const state = stateOf(kind, outputs);
      // What is about to go is not repaired.
      const { announcements, problems, view } = await look(here, state, {
        purpose: here.pass.is === "removal" ? "look" : "keep",
      });
      if (announcements.length > 0 && problems.length === 0 && (await mayRepair(here)))
        return repaired(here, id, state);
      return { id, props: outputsOf(state, view), inputs: refreshedInputs(state.inputs, announcements) };
    },

    async delete(_id, outputs) {
      const here = context();
      const { forgetUnreachable } = here.settings;
      const state = stateOf(kind, outputs);
      if (isImported(outputs))
        return displayOf(here, state).say("it was imported and never updated: it stays in the clusters");
      here.fleet.follow();
      const outcome = await destroy(here.fleet, intentOf(state, here), { forgetUnreachable });
      const pending = state.withdrawing.filter((id) => Object.hasOwn(outcome.view.skipped, id));
      const left = [...inRemovedMembers(here, state), ...notClearedFindings(pending, state, outcome)];
      const display = displayOf(here, state);
      await display.done(outcome.done, "remove");
      await display.warn([...outcome.warnings, ...(forgetUnreachable ? left : [])]);
      const failures = [...outcome.failures, ...(forgetUnreachable ? [] : left)];
      if (failures.length > 0) throw refusal("not everything of ours could be removed", failures);
    },

    foretell: (news, olds) => foretold(context(), kind, news, olds),
    import: (id, hidden) => importService(context(), kind, id, hidden),
  });
}

/** What `diff` answers; a refusal where the update would be refused. */
async function differences(here: Context, kind: ServiceKind, olds: Properties, news: Properties): Promise<DiffResult> {
  const state = stateOf(kind, olds);
  const changed = changedFields(kind.fields, olds, news);
  const replaces = changed.filter(
    (field) => kind.replacing.includes(field) || isReplacing(field, { olds, news, paths: news.replaceOnChanges }),
  );
  await refuseRemovedMembers(here, state);
  if (replaces.length > 0) {
    // What is made in its place the engine has checked anew, and `check` announces it.
    await look(here, state, { purpose: "remove" });
    return { changes: true, replaces, deleteBeforeReplace: true, changed };
  }
  const wanted = changed.some((field) => isUnknown(news[field])) ? state : withInputs(state, news);
  const { announcements, problems } = await look(here, wanted, { changed: changed.length > 0 });
  const pending = announcements.length + problems.length + state.withdrawing.length;
  const drifted = [...new Set([...announcements.map(({ member }) => member), ...state.withdrawing])].sort();
  return { changes: changed.length > 0 || pending > 0, changed, drifted };
}

/** What stands against creating it, and on its line what would be made. */
async function previewNew(here: Context, state: ServiceState): Promise<readonly Failure[]> {
  beginPreflight(here);
  const absent = await unreadable(here, membersOf(state.roles), whenAsked(here, state));
  if (absent.length > 0) return absent.map(asFailure);
  const preflight = await preflightFor(here, state.inputs);
  if (preflight.state === "refused") return preflight.problems.map((message) => asFailure({ message }));
  const { faults } = preflight;
  const unfit = uniqueFailures(roleFindings(faults, state.roles));
  if (unfit.length > 0) return unfit;
  const since = asOf(here, state.inputs.resourceUrn);
  const replaces = isReplacement(here, state);
  const intent = { ...intentOf(state, here), faults, replaces };
  const now = await preview(here.fleet, intent, since);
  const { announcements, problems } = now;
  const display = displayOf(here, state);
  await display.announce(announcements);
  if (replaces) await display.warn([{ message: REPLACED }]);
  const warnings = await tellWhatIsToCome(here, { state, intent, now, since });
  // What the same program may still make before it is our turn is no reason to stop its first preview; a create without it is refused.
  const installing = here.settings.crds === "install";
  await display.warn([...warnings, ...problems.filter((it) => it.pending && !(it.pending === "crds" && installing))]);
  return problems.filter((it) => !it.pending).map(asFailure);
}

/**
 * What would be written. The preflight costs more than the look: it is asked only where something would be.
 * @param purpose "look": nothing is to follow from it, so nothing is announced
 * @param changed the inputs are others than before
 */
async function look(
  here: Context,
  state: ServiceState,
  { purpose = "keep", changed = false }: { readonly purpose?: Purpose | "look"; readonly changed?: boolean } = {},
): Promise<Preview> {
  await requireReadable(here, state.inputs);
  const intent = intentOf(state, here);
  const wanted = purpose === "remove" ? withoutRoles(intent) : intent;
  const since = asOf(here, state.inputs.resourceUrn);
  if (changed) beginPreflight(here);
  let found = await preview(here.fleet, wanted, since);
  if (changed || found.announcements.length > 0) {
    const faults = await requirePreflight(here, state.inputs);
    if (isFaulty(faults)) found = await preview(here.fleet, { ...wanted, faults }, since);
  }
  const display = displayOf(here, state);
  if (purpose !== "look") await display.announce(found.announcements, purpose);
  await display.warn([...found.problems, ...found.warnings]);
  return found;
}

async function repaired(here: Context, id: string, state: ServiceState): Promise<ReadResult> {
  here.fleet.follow();
  const faults = await requirePreflight(here, state.inputs);
  const outcome = await reconcileNow(here, state, faults);
  const display = displayOf(here, state);
  await display.done(outcome.done);
  await display.warn([...outcome.failures, ...outcome.warnings]);
  return { id, props: outputsOf(state, outcome.view), inputs: refreshedInputs(state.inputs, []) };
}

/** Told in a preview by `check`, beside the property; where only the outputs know of it, by `diff`. */
function leftBehind(here: Context, state: ServiceState): readonly Failure[] {
  return here.settings.forgetUnreachable ? [] : inRemovedMembers(here, state).map(asFailure);
}

async function refuseRemovedMembers(here: Context, state: ServiceState): Promise<void> {
  const left = inRemovedMembers(here, state);
  if (left.length === 0) return;
  if (!here.settings.forgetUnreachable) throw refusal("the resource cannot leave these clusters as they are", left);
  await displayOf(here, state).warn(left);
}

/** In a member that both exports and imports, the derived Service stands beside the exported one. */
function ownName({ name, derivedName }: Properties): readonly Failure[] {
  if (derivedName === undefined || derivedName !== name || isUnknown(name)) return [];
  return [
    { property: "derivedName", reason: `"${String(name)}" is the service's own name; choose another, or leave it out` },
  ];
}

/** A clash of two members is a finding of both. */
function uniqueFailures(findings: readonly Finding[]): readonly Failure[] {
  return messagesOf(findings).map((message) => asFailure({ message }));
}

/** Of no property in particular: the engine shows it on the resource. */
function asFailure({ message }: Finding): Failure {
  return { property: "", reason: message };
}

function whenAsked(here: Context, { inputs }: ServiceState) {
  return { key: { namespace: inputs.namespace, name: inputs.name }, asOf: asOf(here, inputs.resourceUrn) };
}

function displayOf({ log }: Context, { inputs }: ServiceState): ResourceDisplay {
  return resourceDisplay(log, inputs.resourceUrn);
}
