/** The handlers of a clusterset's membership: it checks every member before anything is written, brings the CRDs, and knows who is who. */
import { same } from "../../mcs/canonical";
import type { Membership } from "../../reconcile/membership/identity";
import type { Announcement, Finding } from "../../reconcile/intent";
import { configured, context, NO_CLUSTERSET, type Context } from "../process/context";
import { messagesOf, Partial, refusal } from "../display/failure";
import { checkFields, type Fields } from "../inputs/input-fields";
import { handlers, type Handlers } from "../handlers";
import { tearDown, join, leave, planned, type Scope } from "./join";
import { identifiedBefore, identityBefore, memberInfos, memberLines, membersBefore } from "./member-info";
import { ownerMark, ownerName } from "../process/owner";
import { defined, isRecord, type Properties } from "../inputs/properties";
import { asFinding, nothingWritten, rememberMembers, setPreflight, verdictOn } from "./set-preflight";
import { SETTINGS } from "../inputs/settings";
import { isUnknown } from "../inputs/unknown";
import { mayRepair } from "../display/may-repair";
import { resourceDisplay, type ResourceDisplay } from "../display/resource-display";

const SCHEMA_VERSION = 1;

/** The members are checked where they are complete, in the provider's configuration; here they only show what changes. */
const FIELDS: Fields<unknown> = { clusters: { rule: (value) => ({ value }), required: true }, ...SETTINGS };

export const membershipHandlers: Handlers = handlers("ClusterSetMembership", {
  async check(olds, news) {
    const here = configured();
    if (!here) return { inputs: news, failures: [{ property: "clusters", reason: NO_CLUSTERSET }] };
    const { inputs, failures } = checkFields(FIELDS, news, undefined);
    const wrong = [...failures, ...here.set.failures];
    // A set that stands is looked at in `diff`, which is given the outputs: only they know whose it is after a rename.
    if (wrong.length > 0 || Object.keys(olds).length > 0 || isUnknown(inputs)) return { inputs, failures: wrong };
    const problems = await preflightProblems(here, {}, inputs);
    return { inputs, failures: problems.map((reason) => ({ property: "", reason })) };
  },

  async diff(_id, olds, news) {
    const here = context();
    const changed = Object.keys(FIELDS).some((field) => isUnknown(news[field]) || !same(olds[field], news[field]));
    refuseAbrupt(here, olds);
    rememberMembers(here, membersBefore(olds));
    const moved = await differences(here, olds);
    const out = display(here, news);
    await out.warn(moved.map(asFinding));
    if (changed) {
      const problems = isUnknown(news) ? [] : await preflightProblems(here, olds, news);
      if (problems.length > 0) throw nothingWritten(problems);
      return { changes: true };
    }
    const pending = await announced(here, out, membershipOf(olds), await suspects(here, olds));
    return { changes: moved.length > 0 || pending.length > 0 };
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
    rememberMembers(here, membersBefore(outputs));
    const out = display(here, outputs);
    await out.warn((await differences(here, outputs)).map(asFinding));
    const inputs = inputsOf(outputs);
    // What is about to go is not repaired.
    if (here.pass.is === "removal") return { id, props: outputs, inputs };
    const pending = await announced(here, out, membershipOf(outputs), everybody(here));
    if (pending.length === 0 || !(await mayRepair(here))) return { id, props: outputs, inputs };
    try {
      return { id, props: await establish(here, id, inputs, outputs), inputs };
    } catch (error) {
      if (!(error instanceof Partial)) throw error;
      await out.warn(error.reasons.map(asFinding));
      return { id, props: outputs, inputs };
    }
  },

  async delete(_id, outputs) {
    const here = context();
    const { done, failures, warnings } = await tearDown(here, membershipOf(outputs));
    const out = display(here, outputs);
    await out.done(done, "remove");
    await out.warn(warnings);
    if (failures.length > 0) throw refusal("the clusterset could not be taken down everywhere", failures);
  },
});

/** What would be written, on the resource's line. Of a member that cannot be asked it says that: it is not one in which nothing would be. */
async function announced(
  here: Context,
  out: ResourceDisplay,
  membership: Membership,
  at: Scope,
): Promise<readonly Announcement[]> {
  const { done, failures } = await planned(here, membership, at);
  await out.announce(done);
  await out.warn(failures);
  return done;
}

/** What stands against it, and on its line what would be written. @param olds outputs, none for a new set */
async function preflightProblems(here: Context, olds: Properties, inputs: Properties): Promise<readonly string[]> {
  const out = display(here, inputs);
  const report = await setPreflight(here);
  for (const line of memberLines(report.members)) await out.say(line);
  await out.warn(report.warnings.map(asFinding));
  await out.warn(abrupt(here, olds).map((id) => ({ member: id, message: abruptly(id) })));
  const membership = membershipOf({ ...inputs, owner: olds.owner });
  const { refused, told, held } = verdictOn(here, report, { before: membersBefore(olds), owner: membership.owner });
  await out.warn(told.map(asFinding));
  if (refused.length === 0) await announced(here, out, membership, everybody(here, held));
  return refused;
}

/** @param before outputs of the last update, none for a new set */
async function establish(here: Context, id: string, inputs: Properties, before: Properties): Promise<Properties> {
  const out = display(here, inputs);
  const report = await setPreflight(here);
  await out.warn(report.warnings.map(asFinding));
  const known = membersBefore(before);
  const membership = membershipOf({ ...inputs, owner: before.owner });
  const { owner } = membership;
  const { refused, told, held } = verdictOn(here, report, { before: known, owner });
  if (refused.length > 0) throw nothingWritten(refused);
  await out.warn(told.map(asFinding));

  const answering = report.members.filter((member) => !held.has(member.id)).map((member) => member.id);
  const joined = await join(here, membership, answering);
  // One that was a member before and cannot be brought up to date is held, as any that cannot be read: the others go on.
  const isHeld = ({ member = "" }: Finding) => member in known && here.settings.unreachable !== "fail";
  const saying = before.identified === undefined ? here.fleet.ids : identifiedBefore(before);
  const left = await leave(
    here,
    membership,
    leavingOf(here).filter((it) => saying.includes(it)),
  );
  await out.done([...joined.done, ...left.done]);
  await out.warn([...joined.warnings, ...joined.failures.filter(isHeld), ...left.warnings]);
  const members = memberInfos(report.members, known, held);
  const unheard = [...held, ...[...joined.failures, ...left.failures].map(({ member }) => member)];
  // What was written there before still says so, as far as anybody knows.
  const stillSaying = identifiedBefore(before).filter((it) => unheard.includes(it));
  const identified = [...new Set([...joined.identified, ...stillSaying])].sort();
  const outputs = defined({ ...inputs, members, identified, owner, schemaVersion: SCHEMA_VERSION });
  const failures = [...joined.failures.filter((failure) => !isHeld(failure)), ...left.failures];
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
    const bare = settings.crds === "install" && reading.snapshot.crds !== "served";
    return [
      ...(other
        ? [`cluster "${id}" is another cluster than at the last update (kube-system has UID ${is}, had ${was})`]
        : []),
      ...(bare ? [`cluster "${id}": v1beta1 of the Multi-Cluster Services API is not served any more`] : []),
    ];
  });
}

/**
 * Where a plain look is worth requests of its own: members without the API, and those in which we wrote who they are. A member in which
 * nothing of that kind can have changed costs none.
 */
async function suspects(here: Context, outputs: Properties): Promise<Scope> {
  const readings = await here.fleet.read(0);
  const bare = [...readings].filter(([, it]) => it.state === "read" && it.snapshot.crds !== "served").map(([id]) => id);
  const leaving = leavingOf(here);
  return {
    crds: bare.filter((id) => !leaving.includes(id)),
    properties: identifiedBefore(outputs).filter((id) => here.fleet.ids.includes(id) && !leaving.includes(id)),
    leaving: [],
  };
}

function everybody(here: Context, held: ReadonlySet<string> = new Set()): Scope {
  const leaving = leavingOf(here);
  const staying = here.fleet.ids.filter((id) => !leaving.includes(id) && !held.has(id));
  return { crds: staying, properties: staying, leaving };
}

function leavingOf({ set }: Context): readonly string[] {
  return set.clusters.filter((cluster) => cluster.leaving).map(({ id }) => id);
}

/** Members that are simply not there any more, without having been on their way out. */
function abrupt(here: Context, olds: Properties): readonly string[] {
  return Object.entries(clustersOf(olds))
    .filter(([id, given]) => !here.fleet.ids.includes(id) && !(isRecord(given) && given.leaving === true))
    .map(([id]) => id);
}

function abruptly(id: string): string {
  return (
    `cluster "${id}" goes without leaving: true: resources that go in the same update cannot remove what they hold there; ` +
    "to be sure, set leaving: true on it, run pulumi up, and then remove it"
  );
}

/** A member that says who it is would say so for ever. */
function refuseAbrupt(here: Context, outputs: Properties): void {
  if (here.settings.forgetUnreachable) return;
  const left = abrupt(here, outputs).filter((id) => identifiedBefore(outputs).includes(id));
  const findings = left.map((id) => ({
    member: id,
    message:
      `cluster "${id}" still says that it is a member (ClusterProperty): put it back with leaving: true and run pulumi up, ` +
      "then remove it; or set forgetUnreachable: true to leave that there",
  }));
  if (findings.length > 0) throw refusal("the clusterset cannot leave these clusters as they are", findings);
}

function clustersOf({ clusters }: Properties): Properties {
  return isRecord(clusters) ? clusters : {};
}

function inputsOf(outputs: Properties): Properties {
  const known = ["resourceUrn", "incarnation", "__provider", "customTimeouts", ...Object.keys(FIELDS)];
  return defined(Object.fromEntries(known.map((property) => [property, outputs[property]])));
}

/** @param properties inputs, with the owner of the outputs where there are some */
function membershipOf({ owner, incarnation, resourceUrn, name }: Properties): Membership {
  return {
    set: String(name ?? "clusterset"),
    // A membership is as old as its incarnation; one that a program of 0.1.0 makes has none.
    owner: typeof owner === "string" ? owner : ownerMark(String(incarnation ?? resourceUrn ?? name)),
    ownedBy: ownerName(typeof resourceUrn === "string" ? resourceUrn : undefined),
  };
}

function display(here: Context, { resourceUrn }: Properties): ResourceDisplay {
  return resourceDisplay(here.log, typeof resourceUrn === "string" ? resourceUrn : "");
}
