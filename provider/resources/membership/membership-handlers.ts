/** The handlers of a clusterset's membership: it checks every member before anything is written, brings the CRDs, and knows who is who. */
import type { Announcement, Finding } from "../../reconcile/intent";
import { configured, context, NO_CLUSTERSET, type Context } from "../process/context";
import { messagesOf, Partial, Refusal, refusal } from "../display/failure";
import { changedFields, checkFields } from "../inputs/input-fields";
import { handlers, type Handlers } from "../handlers";
import { tearDown, join, leave, planned, type Scope } from "./join";
import { memberInfos, memberLines } from "./member-info";
import {
  describedAs,
  FIELDS,
  membershipOf,
  membershipStateOf,
  newMembership,
  outputsOf,
  type MembershipState,
} from "./membership-state";
import type { Properties } from "../inputs/properties";
import { asFinding, nothingWritten, rememberMembers, setPreflight, verdictOn, type SetReport } from "./set-preflight";
import { verifyNetwork } from "./verify-network";
import { isUnknown, UNKNOWN } from "../inputs/unknown";
import { mayRepair } from "../display/may-repair";
import { resourceDisplay, type ResourceDisplay } from "../display/resource-display";

export const membershipHandlers: Handlers = handlers("ClusterSetMembership", {
  async check(olds, news) {
    const here = configured();
    if (!here) return { inputs: news, failures: [{ property: "clusters", reason: NO_CLUSTERSET }] };
    const { inputs, failures } = checkFields(FIELDS, news, undefined);
    const wrong = [...failures, ...here.set.failures];
    // A set that stands is looked at in `diff`, which is given the outputs: only they know whose it is after a rename.
    if (wrong.length > 0 || Object.keys(olds).length > 0 || isUnknown(inputs)) return { inputs, failures: wrong };
    const problems = await preflightProblems(here, newMembership(inputs));
    return { inputs, failures: problems.map((reason) => ({ property: "", reason })) };
  },

  async diff(_id, olds, news) {
    const here = context();
    const fields = changedFields(FIELDS, olds, news);
    const changed = fields.length > 0;
    const state = membershipStateOf(olds);
    refuseAbrupt(here, state);
    rememberMembers(here, state.members);
    const moved = await differences(here, state);
    const now = describedAs(state, news);
    const out = display(here, now);
    await out.warn(moved.map(asFinding));
    if (changed) {
      const problems = isUnknown(news) ? [] : await preflightProblems(here, now, state);
      if (problems.length > 0) throw nothingWritten(problems);
      return { changes: true, changed: fields };
    }
    const at = await suspects(here, state);
    const pending = await announced(here, out, state, at);
    // One that could not be asked to leave is asked at every update: a refresh makes the engine forget that the last one failed.
    const drifted = [...new Set([...pending.map(({ member }) => member), ...at.leaving])].sort();
    return { changes: moved.length + pending.length + at.leaving.length > 0, drifted };
  },

  async create(inputs) {
    const id = typeof inputs.name === "string" ? inputs.name : "clusterset";
    return { id, outs: await establish(context(), id, newMembership(inputs), true) };
  },

  async update(id, olds, news) {
    return { outs: await establish(context(), id, describedAs(membershipStateOf(olds), news), true) };
  },

  async read(id, outputs) {
    const here = context();
    const state = membershipStateOf(outputs);
    const { inputs } = state;
    rememberMembers(here, state.members);
    const out = display(here, state);
    await out.warn((await differences(here, state)).map(asFinding));
    // What is about to go is not repaired.
    if (here.pass.is === "removal") return { id, props: outputs, inputs };
    const pending = await announced(here, out, state, everybody(here));
    if (pending.length === 0 || !(await mayRepair(here))) return { id, props: outputs, inputs };
    try {
      return { id, props: await establish(here, id, state), inputs };
    } catch (error) {
      if (!(error instanceof Partial)) throw error;
      await out.warn(error.reasons.map(asFinding));
      return { id, props: error.properties, inputs };
    }
  },

  async delete(_id, outputs) {
    const here = context();
    const state = membershipStateOf(outputs);
    const { done, failures, warnings } = await tearDown(here, membershipOf(state));
    const out = display(here, state);
    await out.done(done, "remove");
    await out.warn(warnings);
    if (failures.length > 0) throw refusal("the clusterset could not be taken down everywhere", failures);
  },

  // What the members will say of themselves is known once they were asked in earnest.
  foretell: async (news, olds = {}) => ({ ...news, members: UNKNOWN, owner: olds.owner ?? UNKNOWN }),
  async import() {
    throw new Refusal("a membership is not imported: declare it; what its members have already it takes as it is");
  },
});

/** What would be written, on the resource's line. Of a member that cannot be asked it says that: it is not one in which nothing would be. */
async function announced(
  here: Context,
  out: ResourceDisplay,
  state: MembershipState,
  at: Scope & { readonly report?: SetReport },
): Promise<readonly Announcement[]> {
  const { done, failures } = await planned(here, membershipOf(state), at, at.report);
  await out.announce(done);
  await out.warn(failures);
  return done;
}

/** What stands against it, and on its line what would be written. @param before undefined for a new set */
async function preflightProblems(
  here: Context,
  state: MembershipState,
  before?: MembershipState,
): Promise<readonly string[]> {
  const out = display(here, state);
  const report = await setPreflight(here);
  for (const line of memberLines(report.members)) await out.say(line);
  await out.warn(report.warnings.map(asFinding));
  if (before) await out.warn(abrupt(here, before).map((id) => ({ member: id, message: abruptly(id) })));
  const { owner } = membershipOf(state);
  const { refused, told, held } = verdictOn(here, report, { before: state.members, owner });
  await out.warn(told.map(asFinding));
  if (refused.length === 0) await announced(here, out, state, { ...everybody(here, held), report });
  return refused;
}

/**
 * The outputs.
 * @param state as the program describes it now, with what is known of it from the last update
 * @param verifies an update, which the program may want to prove the network. A refresh runs no pods.
 */
async function establish(here: Context, id: string, state: MembershipState, verifies = false): Promise<Properties> {
  const out = display(here, state);
  const report = await setPreflight(here);
  await out.warn(report.warnings.map(asFinding));
  const { members: known, identified: saying = here.fleet.ids } = state;
  const membership = membershipOf(state);
  const { refused, told, held } = verdictOn(here, report, { before: known, owner: membership.owner });
  if (refused.length > 0) throw nothingWritten(refused);
  await out.warn(told.map(asFinding));

  const answering = report.members.filter((member) => !held.has(member.id)).map((member) => member.id);
  const joined = await join(here, membership, answering);
  // One that was a member before and cannot be brought up to date is held, as any that cannot be read: the others go on.
  const isHeld = ({ member = "" }: Finding) => known.has(member) && here.settings.unreachable !== "fail";
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
  const stillSaying = (state.identified ?? []).filter((it) => unheard.includes(it));
  const identified = [...new Set([...joined.identified, ...stillSaying])].sort();
  const outputs = outputsOf(state, { members, identified });
  const failures = [...joined.failures.filter((failure) => !isHeld(failure)), ...left.failures];
  // Without the CRDs nothing could be imported; a member that is held is known to be out of reach.
  const leaving = leavingOf(here);
  const staying = answering.filter((it) => !leaving.includes(it));
  if (verifies && failures.length === 0) failures.push(...(await verifyNetwork(here, staying, out)));
  if (failures.length > 0) throw new Partial(id, outputs, messagesOf(failures));
  return outputs;
}

/** What an update would have to look at, from the reading that all resources share: it costs no request of its own. */
async function differences({ fleet, settings }: Context, { members }: MembershipState): Promise<readonly string[]> {
  const readings = await fleet.read(0);
  return [...readings].flatMap(([id, reading]) => {
    if (reading.state === "unreadable") return [];
    const was = members.get(id)?.identity || undefined;
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
 * Where a plain look is worth requests of its own: members without the API, and those in which we wrote who they are, whether they stay or
 * are still to leave. A member in which nothing of that kind can have changed costs none.
 */
async function suspects(here: Context, { identified = [] }: MembershipState): Promise<Scope> {
  const readings = await here.fleet.read(0);
  const bare = [...readings].filter(([, it]) => it.state === "read" && it.snapshot.crds !== "served").map(([id]) => id);
  const leaving = leavingOf(here);
  return {
    crds: bare.filter((id) => !leaving.includes(id)),
    properties: identified.filter((id) => here.fleet.ids.includes(id) && !leaving.includes(id)),
    leaving: leaving.filter((id) => identified.includes(id)),
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
function abrupt(here: Context, { clusters }: MembershipState): readonly string[] {
  return clusters.filter(({ id, leaving }) => !here.fleet.ids.includes(id) && !leaving).map(({ id }) => id);
}

function abruptly(id: string): string {
  return (
    `cluster "${id}" goes without leaving: true: resources that go in the same update cannot remove what they hold there; ` +
    "to be sure, set leaving: true on it, run pulumi up, and then remove it"
  );
}

/** A member that says who it is would say so for ever. */
function refuseAbrupt(here: Context, state: MembershipState): void {
  if (here.settings.forgetUnreachable) return;
  const left = abrupt(here, state).filter((id) => state.identified?.includes(id));
  const findings = left.map((id) => ({
    member: id,
    message:
      `cluster "${id}" still says that it is a member (ClusterProperty): put it back with leaving: true and run pulumi up, ` +
      "then remove it; or set forgetUnreachable: true to leave that there",
  }));
  if (findings.length > 0) throw refusal("the clusterset cannot leave these clusters as they are", findings);
}

function display(here: Context, { resourceUrn }: MembershipState): ResourceDisplay {
  return resourceDisplay(here.log, resourceUrn);
}
