/** How the plugin's costs grow with services, with endpoints and with members; the engine's, which grow by themselves, are left out. */
import type { Progress } from "../../tests/parts/progress";
import type { Figure, Part, Size, Values } from "../report/results";
import { PluginStack, type Ran } from "../plugin/plugin";
import type { BenchMembers } from "../setting/members";
import { clearNamespace, makeServices } from "../setting/services";

/** Of a stack whose services are not what grows. */
const SERVICES = 20;

export interface Grown {
  readonly members: BenchMembers;
  readonly endpoints: number;
  readonly progress: Progress;
}

/** One stack that becomes larger and larger: what was made stays, so making counts from the beginning. */
export async function growByServices(
  sizes: readonly number[],
  { members, endpoints, progress }: Grown,
): Promise<readonly Figure[]> {
  const namespace = "bench-growth";
  const exporters = [members.ids[0]!];
  const stack = new PluginStack({ namespace, members: members.ids, exportFrom: exporters }, members);
  const figures: Figure[] = [];
  let made: Values = {};
  for (const [at, services] of sizes.entries()) {
    progress(`growth by services: ${services}`);
    await makeServices(members, { namespace, exporters, from: sizes[at - 1] ?? 0, to: services, endpoints });
    made = sum(made, (await stack.add(services)).values);
    const size = { services, members: members.ids.length, endpoints, roundTripMs: 0 };
    figures.push(figure("growth-services", "made from nothing", { size, values: made }));
    figures.push(...(await unchanged("growth-services", stack, size)));
  }
  await clearNamespace(members, namespace);
  return figures;
}

export async function growByEndpoints(
  sizes: readonly number[],
  { members, progress }: Omit<Grown, "endpoints">,
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const endpoints of sizes) {
    progress(`growth by endpoints: ${endpoints}`);
    const size = { services: SERVICES, members: members.ids.length, endpoints, roundTripMs: 0 };
    figures.push(...(await whole("growth-endpoints", size, members)));
  }
  return figures;
}

/** The first so many of the members form the clusterset; the others are idle. */
export async function growByMembers(
  sizes: readonly number[],
  { members, endpoints, progress }: Grown,
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const count of sizes) {
    progress(`growth by members: ${count}`);
    figures.push(
      ...(await whole("growth-members", { services: SERVICES, members: count, endpoints, roundTripMs: 0 }, members)),
    );
  }
  return figures;
}

async function whole(part: Part, size: Size, members: BenchMembers): Promise<readonly Figure[]> {
  const namespace = `bench-${part}-${size.endpoints}-${size.members}`;
  const exporters = [members.ids[0]!];
  await makeServices(members, { namespace, exporters, to: size.services, endpoints: size.endpoints });
  const stack = new PluginStack(
    { namespace, members: members.ids.slice(0, size.members), exportFrom: exporters },
    members,
  );
  const made = await stack.update(size.services);
  const figures = [
    figure(part, "made from nothing", { size, values: made.values }),
    ...(await unchanged(part, stack, size)),
  ];
  await clearNamespace(members, namespace);
  return figures;
}

/** @throws an Error when something did change: then it is not what it is called */
async function unchanged(part: Part, stack: PluginStack, size: Size): Promise<readonly Figure[]> {
  const preview = steady(await stack.preview());
  const update = steady(await stack.update(size.services));
  return [
    figure(part, "preview without changes", { size, values: preview }),
    figure(part, "update without changes", { size, values: update }),
  ];
}

function steady({ changed, values }: Ran): Values {
  if (changed > 0) throw new Error(`${changed} services differ though nothing was changed`);
  return values;
}

function figure(part: Part, operation: string, { size, values }: { size: Size; values: Values }): Figure {
  return { part, operation, by: "ours", ...size, runs: 1, values };
}

/** Memory is that of the largest process; everything else adds up. */
function sum(a: Values, b: Values): Values {
  const total = Object.entries(b).map(([measure, value]) => [measure, (a[measure as keyof Values] ?? 0) + value]);
  const pluginMiB = b.pluginMiB === undefined ? undefined : Math.max(a.pluginMiB ?? 0, b.pluginMiB);
  return { ...(Object.fromEntries(total) as Values), ...(pluginMiB !== undefined && { pluginMiB }) };
}
