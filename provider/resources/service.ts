/** The handlers of the three resources of a service. Everything they decide comes from one look at the clusters, shared by the process. */
import type { Survey } from "../reconcile/intent";
import { dismantle, survey, withoutRoles } from "../reconcile/reconcile";
import { configured, context, NO_CLUSTERSET, type Context } from "./context";
import { departed, notClearedFindings } from "./departed";
import { refusal } from "./failure";
import { checkFields, type Failure } from "./fields";
import { handlers, type Handlers, type ReadResult } from "./handlers";
import type { ServiceInputs, ServiceKind } from "./kinds";
import { mirrored } from "./mirror";
import { requirePreflight } from "./set-preflight";
import { requireReadable, unreadable } from "./readable";
import { isSame, type Properties } from "./record";
import { reconcileNow, write } from "./service-write";
import { idOf, inputsOf, intentOf, outputsOf, ownerFor, stateOf, type ServiceState } from "./state";
import { isUnknown } from "./unknown";
import { voice, type Purpose } from "./voice";

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
      return { inputs, failures: await surveyNew(here, kind, inputsOf(kind, inputs)) };
    },

    async diff(_id, olds, news) {
      const here = context();
      const state = stateOf(kind, olds);
      const changed = Object.keys(kind.fields).filter(
        (field) => isUnknown(news[field]) || !isSame(olds[field], news[field]),
      );
      const replaces = changed.filter((field) => kind.replacing.includes(field));
      await refuseDeparted(here, kind, state);
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
        inputs: mirrored(state.inputs, announcements) as unknown as Properties,
      };
    },

    async delete(_id, outputs) {
      const here = context();
      const { forgetUnreachable } = here.settings;
      const state = stateOf(kind, outputs);
      const outcome = await dismantle(here.fleet, intentOf(kind, state, here), { forgetUnreachable });
      const pending = (state.withdrawing ?? []).filter((id) => id in outcome.view.skipped);
      const left = [...departed(here, kind, state), ...notClearedFindings(pending, kind, state, outcome)];
      const speaker = voice(here.log, state.inputs.resourceUrn);
      await speaker.done(outcome.done, "remove");
      await speaker.warn([...outcome.warnings, ...(forgetUnreachable ? left : [])]);
      const failures = [...outcome.failures, ...(forgetUnreachable ? [] : left)];
      if (failures.length > 0) throw refusal("not everything of ours could be removed", failures);
    },
  });
}

/** What stands against creating it, and on its line what would be made. */
async function surveyNew(here: Context, kind: ServiceKind, inputs: ServiceInputs): Promise<readonly Failure[]> {
  const absent = await unreadable(here, roles(kind, inputs));
  if (absent.length > 0) return absent.map(({ message }) => ({ property: "", reason: message }));
  const { announcements, problems, warnings } = await survey(
    here.fleet,
    intentOf(kind, { owner: ownerFor(inputs), inputs, unfinished: true }, here),
  );
  const speaker = voice(here.log, inputs.resourceUrn);
  await speaker.announce(announcements);
  // What the same program may still make before it is our turn is no reason to stop its first preview; a create without it is refused.
  const installing = here.settings.crds === "install";
  await speaker.warn([...warnings, ...problems.filter((it) => it.pending && !(it.pending === "crds" && installing))]);
  return problems.filter((it) => !it.pending).map(({ message }) => ({ property: "", reason: message }));
}

async function look(here: Context, kind: ServiceKind, state: ServiceState, purpose: Purpose = "keep"): Promise<Survey> {
  await requireReadable(here, state.inputs);
  const intent = intentOf(kind, state, here);
  const found = await survey(here.fleet, purpose === "keep" ? intent : withoutRoles(intent));
  const speaker = voice(here.log, state.inputs.resourceUrn);
  await speaker.announce(found.announcements, purpose);
  await speaker.warn([...found.problems, ...found.warnings]);
  return found;
}

async function repaired(here: Context, kind: ServiceKind, id: string, state: ServiceState): Promise<ReadResult> {
  const speaker = voice(here.log, state.inputs.resourceUrn);
  await requirePreflight(here, state.inputs);
  const outcome = await reconcileNow(here, kind, state);
  await speaker.done(outcome.done);
  await speaker.warn([...outcome.failures, ...outcome.warnings]);
  return { id, props: outputsOf(kind, state, outcome.view), inputs: state.inputs as unknown as Properties };
}

/** Told in a preview by `check`, beside the property; where only the outputs know of it, by `diff`. */
function leftBehind(here: Context, kind: ServiceKind, olds: Properties): readonly Failure[] {
  if (here.settings.forgetUnreachable) return [];
  return departed(here, kind, { inputs: inputsOf(kind, olds) }).map(({ message }) => ({
    property: "",
    reason: message,
  }));
}

async function refuseDeparted(here: Context, kind: ServiceKind, state: ServiceState): Promise<void> {
  const left = departed(here, kind, state);
  if (left.length === 0) return;
  if (!here.settings.forgetUnreachable) throw refusal("the resource cannot leave these clusters as they are", left);
  await voice(here.log, state.inputs.resourceUrn).warn(left);
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
