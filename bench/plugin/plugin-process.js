// One plugin process without an engine: the handlers of the built package, called in the order and with the parallelism in which an engine calls
// them. Told its work by the parent process, it answers with what it took and ends. A plain file: a loader would be in the figures.
const { readFileSync } = require("node:fs");
// The launcher of dynamic providers has it, too.
require("@pulumi/pulumi");
const { handlers } = require("pulumi-mcs/provider");

/** As `pulumi up --parallel`, in the benchmark. */
const PARALLEL = 8;

process.once("message", async (work) => {
  let answer;
  try {
    answer = { ...(await done(work)), ...taken() };
  } catch (error) {
    answer = { problem: String(error.message) };
  }
  // Watches and pools of connections would keep it; an engine ends its plugins, too. Not before a large answer is on its way whole.
  process.send(answer, () => process.exit());
});

/** `services`: of each its inputs, and id and outputs where it exists. */
async function done({ config, membership, services, preview }) {
  for (const kind of ["ClusterSetMembership", "MultiClusterService"]) {
    await handlers[kind].configure({ config: { get: (key) => config[key] } });
  }
  const set = await once("ClusterSetMembership", membership, preview);
  const states = [];
  let changed = 0;
  const left = services.entries();
  const worker = async () => {
    for (const [at, service] of left) {
      const { state, changes } = await once("MultiClusterService", service, preview);
      states[at] = state;
      changed += changes ? 1 : 0;
    }
  };
  // An engine asks for one after the other and writes many at once; each is asked and written by one worker here, so an update asks many at once, too.
  await Promise.all(Array.from({ length: preview ? 1 : PARALLEL }, worker));
  return { membership: set.state, services: states, changed };
}

async function once(kind, { inputs: given, id, outs }, preview) {
  const { check, diff, create, update } = handlers[kind];
  const { inputs, failures } = await check(outs ?? {}, given);
  if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join("; "));
  if (outs === undefined) {
    if (preview) return { state: { inputs: given }, changes: true };
    const made = await create(inputs);
    return { state: { inputs: given, ...made }, changes: true };
  }
  const { changes } = await diff(id, outs, inputs);
  if (!changes || preview) return { state: { inputs: given, id, outs }, changes };
  return { state: { inputs: given, id, ...(await update(id, outs, inputs)) }, changes };
}

function taken() {
  const { user, system } = process.cpuUsage();
  const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"));
  return {
    cpuSeconds: (user + system) / 1e6,
    seconds: process.uptime(),
    ...(peak && { peakMiB: Number(peak[1]) / 1024 }),
  };
}
