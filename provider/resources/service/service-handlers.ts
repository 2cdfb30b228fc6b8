/** The handlers of the three resources of a service. Everything they decide comes from one look at the clusters, shared by the process. */
import type { Preview } from "../../reconcile/intent";
import { destroy, preview, withoutRoles } from "../../reconcile/reconcile";
import { configured, context, NO_CLUSTERSET, type Context } from "../process/context";
import { inRemovedMembers, notClearedFindings } from "./removed-members";
import { refusal } from "../display/failure";
import { checkFields, type Failure } from "../inputs/input-fields";
import { handlers, type Handlers, type ReadResult } from "../handlers";
import type { ServiceInputs, ServiceKind } from "./service-kinds";
import { refreshedInputs } from "./refreshed-inputs";
import { requirePreflight } from "../membership/set-preflight";
import { requireReadable, unreadable } from "./unreadable-members";
import type { Properties } from "../inputs/properties";
import { same } from "../../mcs/canonical";
import { reconcileNow, write } from "./service-write";
import { idOf, inputsOf, intentOf, outputsOf, ownerFor, stateOf, type ServiceState } from "./service-state";
import { isUnknown } from "../inputs/unknown";
import { resourceDisplay, type Purpose } from "../display/resource-display";

export function serviceHandlers(kind: ServiceKind): Handlers {
  return handlers(kind.name, {
    async check(olds, news) {
      const here = configured();
      if (!here) return { inputs: news, failures: [{ property: "clusterSet", reason: NO_CLUSTERSET }] };
      const { inputs, failures } = checkFields(kind.fields, news, here.members);
      const wrong = [...failures, ...ownName(inputs)];
      const isNew = Object.keys(olds).length === 0;
      if (!isNew) return { inputs, failures: [...wrong, ...leftBehind(here, kind, olds)] };
      if (wrong.length > 0 || isUnknown(inputs)) return { inputs, failures: wrong };
      // For a resource that does not exist the engine asks nothing else in a preview: what will be made is shown here or nowhere.
      return { inputs, failures: await previewNew(here, kind, inputsOf(kind, inputs)) };
    },

    async diff(_id, olds, news) {
      const here = context();
      const state = stateOf(kind, olds);
      const changed = Object.keys(kind.fields).filter(
        (field) => isUnknown(news[field]) || !same(olds[field], news[field]),
      );
      const replaces = changed.filter((field) => kind.replacing.includes(field));
      await refuseRemovedMembers(here, kind, state);
      if (replaces.length > 0) {
        // What is made in its place the engine has checked anew, and `check` announces it.
        await look(here, kind, state, "remove");
        return { changes: true, replaces, deleteBeforeReplace: true };
      }
      const wanted = changed.some((field) => isUnknown(news[field])) ? state.inputs : inputsOf(kind, news);
      const { announcements, problems } = await look(here, kind, { ...state, inputs: wanted });
      const pending = announcements.length + problems.length + (state.withdrawing?.length ?? 0);
      return { changes: changed.length > 0 || pending > 0 };
    },

    async create(properties) {
      const inputs = inputsOf(kind, properties);
      const here = context();
      const absent = await unreadable(here, roles(kind, inputs));
      if (absent.length > 0) throw refusal("nothing was written, because members cannot be read", absent);
      return { id: idOf(inputs), outs: await write(here, kind, { owner: ownerFor(inputs), inputs, unfinished: true }) };
    },

    async update(id, olds, news) {
      const here = context();
      const inputs = inputsOf(kind, news);
      await requireReadable(here, inputs);
      const before = stateOf(kind, olds);
      return { outs: await write(here, kind, { ...before, inputs, before }, id) };
    },

    async read(id, outputs) {
      const here = context();
      const state = stateOf(kind, outputs);
      const { announcements, problems, view } = await look(here, kind, state);
      const mayRepair = here.settings.refresh === "reconcile" && !here.preview && problems.length === 0;
      if (announcements.length > 0 && mayRepair) return repaired(here, kind, id, state);
      return {
        id,
        props: outputsOf(kind, state, view),
        inputs: refreshedInputs(state.inputs, announcements) as unknown as Properties,
      };
    },

    async delete(_id, outputs) {
      const here = context();
      const { forgetUnreachable } = here.settings;
      const state = stateOf(kind, outputs);
      const outcome = await destroy(here.fleet, intentOf(kind, state, here), { forgetUnreachable });
      const pending = (state.withdrawing ?? []).filter((id) => id in outcome.view.skipped);
      const left = [...inRemovedMembers(here, kind, state), ...notClearedFindings(pending, kind, state, outcome)];
      const display = resourceDisplay(here.log, state.inputs.resourceUrn);
      await display.done(outcome.done, "remove");
      await display.warn([...outcome.warnings, ...(forgetUnreachable ? left : [])]);
      const failures = [...outcome.failures, ...(forgetUnreachable ? [] : left)];
      if (failures.length > 0) throw refusal("not everything of ours could be removed", failures);
    },
  });
}

/** What stands against creating it, and on its line what would be made. */
async function previewNew(here: Context, kind: ServiceKind, inputs: ServiceInputs): Promise<readonly Failure[]> {
  const absent = await unreadable(here, roles(kind, inputs));
  if (absent.length > 0) return absent.map(({ message }) => ({ property: "", reason: message }));
  const { announcements, problems, warnings } = await preview(
    here.fleet,
    intentOf(kind, { owner: ownerFor(inputs), inputs, unfinished: true }, here),
  );
  const display = resourceDisplay(here.log, inputs.resourceUrn);
  await display.announce(announcements);
  // What the same program may still make before it is our turn is no reason to stop its first preview; a create without it is refused.
  const installing = here.settings.crds === "install";
  await display.warn([...warnings, ...problems.filter((it) => it.pending && !(it.pending === "crds" && installing))]);
  return problems.filter((it) => !it.pending).map(({ message }) => ({ property: "", reason: message }));
}

async function look(
  here: Context,
  kind: ServiceKind,
  state: ServiceState,
  purpose: Purpose = "keep",
): Promise<Preview> {
  await requireReadable(here, state.inputs);
  const intent = intentOf(kind, state, here);
  const found = await preview(here.fleet, purpose === "keep" ? intent : withoutRoles(intent));
  const display = resourceDisplay(here.log, state.inputs.resourceUrn);
  await display.announce(found.announcements, purpose);
  await display.warn([...found.problems, ...found.warnings]);
  return found;
}

async function repaired(here: Context, kind: ServiceKind, id: string, state: ServiceState): Promise<ReadResult> {
  const display = resourceDisplay(here.log, state.inputs.resourceUrn);
  await requirePreflight(here, state.inputs);
  const outcome = await reconcileNow(here, kind, state);
  await display.done(outcome.done);
  await display.warn([...outcome.failures, ...outcome.warnings]);
  return { id, props: outputsOf(kind, state, outcome.view), inputs: state.inputs as unknown as Properties };
}

/** Told in a preview by `check`, beside the property; where only the outputs know of it, by `diff`. */
function leftBehind(here: Context, kind: ServiceKind, olds: Properties): readonly Failure[] {
  if (here.settings.forgetUnreachable) return [];
  return inRemovedMembers(here, kind, { inputs: inputsOf(kind, olds) }).map(({ message }) => ({
    property: "",
    reason: message,
  }));
}

async function refuseRemovedMembers(here: Context, kind: ServiceKind, state: ServiceState): Promise<void> {
  const left = inRemovedMembers(here, kind, state);
  if (left.length === 0) return;
  if (!here.settings.forgetUnreachable) throw refusal("the resource cannot leave these clusters as they are", left);
  await resourceDisplay(here.log, state.inputs.resourceUrn).warn(left);
}

function roles(kind: ServiceKind, inputs: ServiceInputs): readonly string[] {
  const { exportFrom, importTo } = kind.roles(inputs);
  return [...new Set([...exportFrom, ...importTo])].sort();
}

/** In a member that both exports and imports, the derived Service stands beside the exported one. */
function ownName({ name, derivedName }: Properties): readonly Failure[] {
  if (derivedName === undefined || derivedName !== name || isUnknown(name)) return [];
  return [
    { property: "derivedName", reason: `"${String(name)}" is the service's own name; choose another, or leave it out` },
  ];
}
