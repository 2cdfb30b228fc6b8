/** The handlers of ClusterSetDNS: the CoreDNS of the importing members resolves clusterset.local, as long as the resource stands. */
import type { Finding } from "../../reconcile/intent";
import { waitingLines } from "../display/announce";
import { messagesOf, Partial, Refusal, refusal } from "../display/failure";
import { mayRepair } from "../display/may-repair";
import { resourceDisplay, type ResourceDisplay } from "../display/resource-display";
import { handlers, type Handlers } from "../handlers";
import { changedFields, checkFields } from "../inputs/input-fields";
import type { Properties } from "../inputs/properties";
import { isUnknown, UNKNOWN } from "../inputs/unknown";
import { configured, context, NO_CLUSTERSET, type Context } from "../process/context";
import { type DnsResult, leavingDns, lookAtDns, setUpDns, takeBackDns } from "./dns-members";
import { dnsDescribedAs, dnsOutputs, type DnsState, dnsStateOf, FIELDS, newDnsState } from "./dns-state";

const ID = "clusterset.local";

export const dnsHandlers: Handlers = handlers("ClusterSetDNS", {
  async check(olds, news) {
    const here = configured();
    if (!here) return { inputs: news, failures: [{ property: "clusterSet", reason: NO_CLUSTERSET }] };
    const { inputs, failures } = checkFields(FIELDS, news, here.members);
    if (failures.length > 0 || Object.keys(olds).length > 0 || isUnknown(inputs)) return { inputs, failures };
    // For a resource that does not exist the engine asks nothing else in a preview.
    const state = newDnsState(inputs);
    const against = standing(await announced(here, state));
    return { inputs, failures: against.map(({ message }) => ({ property: "members", reason: message })) };
  },

  async diff(_id, olds, news) {
    const here = context();
    const before = dnsStateOf(olds);
    const changed = changedFields(FIELDS, olds, news);
    const state = isUnknown(news) ? before : dnsDescribedAs(before, news);
    const result = await announced(here, state);
    await display(here, state).warn([...standing(result), ...gone(here, state)]);
    const { announcements, onceCrds, problems } = result;
    const pending = announcements.length + onceCrds.length + problems.length + leavingDns(state).length;
    const drifted = [...new Set([...announcements, ...onceCrds].map(({ member }) => member))].sort();
    return { changes: changed.length + pending > 0, changed, drifted };
  },

  async create(inputs) {
    return { id: ID, outs: await establish(context(), newDnsState(inputs)) };
  },

  async update(_id, olds, news) {
    return { outs: await establish(context(), dnsDescribedAs(dnsStateOf(olds), news)) };
  },

  async read(id, outputs) {
    const here = context();
    const state = dnsStateOf(outputs);
    const { inputs } = state;
    // What is about to go is not repaired.
    if (here.pass.is === "removal") return { id, props: outputs, inputs };
    const result = await announced(here, state);
    await display(here, state).warn(standing(result));
    if (result.announcements.length === 0 || !(await mayRepair(here))) return { id, props: outputs, inputs };
    try {
      return { id, props: await establish(here, state), inputs };
    } catch (error) {
      if (!(error instanceof Partial)) throw error;
      await display(here, state).warn(error.reasons.map((message) => ({ message })));
      return { id, props: error.properties, inputs };
    }
  },

  async delete(_id, outputs) {
    const here = context();
    const state = dnsStateOf(outputs);
    // Also where an update was cut short before it could say that it had written there.
    const everywhere = {
      ...state,
      ways: { ...Object.fromEntries(state.members.map((id) => [id, "multicluster"])), ...state.ways },
    };
    const { announcements, problems, failures, warnings } = await takeBackDns(here, everywhere as DnsState);
    const out = display(here, state);
    await out.done(announcements, "remove");
    const { forgetUnreachable } = here.settings;
    await out.warn([...warnings, ...gone(here, state), ...(forgetUnreachable ? failures : [])]);
    const left = [...problems, ...(forgetUnreachable ? [] : failures)];
    if (left.length > 0) throw refusal("not everything of ours could be taken back", left);
  },

  foretell: async (news, olds = {}) => ({ ...news, ways: UNKNOWN, owner: olds.owner ?? UNKNOWN }),
  async import() {
    throw new Refusal("a ClusterSetDNS is not imported: declare it; what a Corefile has already it takes as it is");
  },
});

/** What would be written, on the resource's line. */
async function announced(here: Context, state: DnsState): Promise<DnsResult> {
  const out = display(here, state);
  const result = await lookAtDns(here, state);
  await out.announce(result.announcements);
  for (const line of waitingLines(result.onceCrds, "the CRDs of the Multi-Cluster Services API are there"))
    await out.say(line);
  await out.warn(result.warnings);
  return result;
}

/** What stands against it, apart from CRDs that the clusterset installs before. */
function standing({ problems, failures }: DnsResult): readonly Finding[] {
  return [...problems.filter(({ pending }) => pending === undefined), ...failures];
}

/** The outputs. A member that was set up before, and cannot be reached now, keeps what it has: the others go on. */
async function establish(here: Context, state: DnsState): Promise<Properties> {
  const result = await setUpDns(here, state);
  const out = display(here, state);
  await out.done(result.announcements);
  const isHeld = ({ member = "" }: Finding) =>
    Object.hasOwn(state.ways, member) && here.settings.unreachable !== "fail" && state.members.includes(member);
  await out.warn([...result.warnings, ...gone(here, state), ...result.failures.filter(isHeld)]);
  const failures = [...result.problems, ...result.failures.filter((failure) => !isHeld(failure))];
  const isNew = Object.keys(state.ways).length === 0;
  if (failures.length > 0 && isNew && result.announcements.length === 0) {
    throw refusal("nothing was written, because of these members", failures);
  }
  const kept = Object.entries(state.ways).filter(([id]) => here.fleet.ids.includes(id) && !result.left.includes(id));
  const outputs = dnsOutputs(state, { ...Object.fromEntries(kept), ...result.ways });
  if (failures.length > 0) throw new Partial(ID, outputs, messagesOf(failures));
  return outputs;
}

/** Members that were set up and are in the clusterset no more: nothing can be taken back there. */
function gone({ fleet }: Context, state: DnsState): readonly Finding[] {
  return leavingDns(state)
    .filter((id) => !fleet.ids.includes(id))
    .map((id) => ({
      member: id,
      message: `cluster "${id}" is not in the clusterset any more: what its CoreDNS was given stays there (docs/dns.md says what)`,
    }));
}

function display(here: Context, { resourceUrn }: DnsState): ResourceDisplay {
  return resourceDisplay(here.log, resourceUrn);
}
