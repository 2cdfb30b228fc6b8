/** The handlers of a clusterset's membership: it checks every member before anything is written, brings the CRDs, and knows who is who. */
import type { Finding } from "../reconcile/intent";
import { configured, context, NO_CLUSTERSET, type Context } from "./context";
import { messagesOf, Partial, refusal } from "./failure";
import { checkFields, type Failure, type Fields } from "./fields";
import { handlers, type Handlers } from "./handlers";
import { join, leave } from "./join";
import { identityBefore, memberInfos, memberLines, membersBefore } from "./members";
import { ownerMark } from "./owner-mark";
import { defined, isRecord, isSame, type Properties } from "./record";
import { asFinding, isSilent, problemsOf, refuseProblems, setPreflight } from "./set-preflight";
import { SETTINGS } from "./settings";
import { isUnknown } from "./unknown";
import { voice, type Voice } from "./voice";

const SCHEMA_VERSION = 1;

/** The members are checked where they are complete, in the provider's configuration; here they only show what changes. */
const FIELDS: Fields<unknown> = { clusters: { rule: (value) => ({ value }), required: true }, ...SETTINGS };

export const membershipHandlers: Handlers = handlers("ClusterSetMembership", {
  async check(olds, news) {
    const here = configured();
    if (!here) return { inputs: news, failures: [{ property: "clusters", reason: NO_CLUSTERSET }] };
    const { inputs, failures } = checkFields(FIELDS, news, undefined);
    const wrong = [...failures, ...here.set.failures];
    const changed = Object.keys(FIELDS).some((field) => !isSame(olds[field], inputs[field]));
    if (wrong.length > 0 || !changed || isUnknown(inputs)) return { inputs, failures: wrong };
    const known = Object.keys(isRecord(olds.clusters) ? olds.clusters : {});
    return { inputs, failures: await preflightFailures(here, known, speaker(here, inputs)) };
  },

  async diff(_id, olds, news) {
    const here = context();
    const changed = Object.keys(FIELDS).some((field) => isUnknown(news[field]) || !isSame(olds[field], news[field]));
    const moved = await differences(here, olds);
    await speaker(here, news).warn(moved.map(asFinding));
    const replaces = isSame(olds.name, news.name) ? [] : ["name"];
    return { changes: changed || moved.length > 0, replaces, deleteBeforeReplace: true };
  },

  async create(inputs) {
    const id = typeof inputs.name === "string" ? inputs.name : "clusterset";
    return { id, outs: await establish(context(), id, inputs, {}) };
  },

  async update(id, olds, news) {
    return { outs: await establish(context(), id, news, olds) };
  },

  async read(id, outputs) {
    const here = context();
    const moved = await differences(here, outputs);
    await speaker(here, outputs).warn(moved.map(asFinding));
    const { members: _members, owner: _owner, schemaVersion: _version, ...inputs } = outputs;
    return { id, props: outputs, inputs };
  },

  async delete(id, outputs) {
    const here = context();
    const { failures, warnings } = await leave(here, { set: id, owner: ownerOf(outputs) });
    await speaker(here, outputs).warn(warnings);
    if (failures.length > 0) throw refusal("the clusterset could not be taken down everywhere", failures);
  },
});

async function preflightFailures(here: Context, known: readonly string[], out: Voice): Promise<readonly Failure[]> {
  const report = await setPreflight(here);
  for (const line of memberLines(report.members)) await out.say(line);
  await out.warn(report.warnings.map(asFinding));
  const problems = problemsOf(here, report, known);
  await out.warn(report.problems.filter((problem) => !problems.includes(problem)).map(asFinding));
  return problems.map((reason) => ({ property: "", reason }));
}

/** @param before outputs of the last update, none for a new set */
async function establish(here: Context, id: string, inputs: Properties, before: Properties): Promise<Properties> {
  const out = speaker(here, inputs);
  const report = await setPreflight(here);
  await out.warn(report.warnings.map(asFinding));
  const known = membersBefore(before);
  refuseProblems(problemsOf(here, report, Object.keys(known)));

  const owner = ownerOf({ ...inputs, owner: before.owner });
  const answering = report.members.filter((member) => !isSilent(member)).map((member) => member.id);
  const { failures: all, warnings, done } = await join(here, { set: id, owner }, answering);
  // One that was a member before and cannot be brought up to date is held, as any that cannot be read: the others go on.
  const isHeld = ({ member = "" }: Finding) => member in known && here.settings.unreachable !== "fail";
  const failures = all.filter((failure) => !isHeld(failure));
  for (const line of done) await out.say(line);
  await out.warn([...warnings, ...all.filter(isHeld)]);
  const members = memberInfos(report.members, known);
  const outputs = defined({ ...inputs, members, owner, schemaVersion: SCHEMA_VERSION });
  if (failures.length > 0) throw new Partial(id, outputs, messagesOf(failures));
  return outputs;
}

/** What an update would have to look at, from the reading that all resources share: it costs no request of its own. */
async function differences({ fleet, settings }: Context, outputs: Properties): Promise<readonly string[]> {
  const readings = await fleet.read(0);
  return [...readings].flatMap(([id, reading]) => {
    if (reading.state === "unreadable") return [];
    const was = identityBefore(outputs, id);
    const is = reading.snapshot.namespaces.get("kube-system")?.metadata.uid;
    const other = was !== undefined && is !== undefined && was !== is;
    const bare = settings.crds === "install" && reading.snapshot.crds === "absent";
    return [
      ...(other
        ? [`cluster "${id}" is another cluster than at the last update (kube-system has UID ${is}, had ${was})`]
        : []),
      ...(bare ? [`cluster "${id}": the CRDs of the Multi-Cluster Services API are gone`] : []),
    ];
  });
}

function ownerOf({ owner, resourceUrn, name }: Properties): string {
  return typeof owner === "string" ? owner : ownerMark(String(resourceUrn ?? name));
}

function speaker(here: Context, { resourceUrn }: Properties): Voice {
  return voice(here.log, typeof resourceUrn === "string" ? resourceUrn : "");
}
