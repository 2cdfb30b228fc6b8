/**
 * Memory of a plugin process at 20 members × 1,000 services × 100 endpoints, all exporting and importing. One service is really there, in 20 real
 * members; of the others the lists tell (setting/crowd.ts). The plugin is asked about the one, and reads everything.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "../../tests/parts/progress";
import { PluginStack } from "../plugin/plugin";
import type { Figure } from "../report/results";
import { startCrowd } from "../setting/crowd";
import type { BenchMembers } from "../setting/members";
import { clearNamespace, makeServices, serviceName } from "../setting/services";

const ENDPOINTS = 100;

export async function measureMemory(
  members: BenchMembers,
  services: number,
  progress: Progress,
): Promise<readonly Figure[]> {
  const namespace = "bench-memory";
  const { ids } = members;
  progress(`memory: ${ids.length} members × ${services} services × ${ENDPOINTS} endpoints`);
  await makeServices(members, { namespace, exporters: ids, to: 1, endpoints: ENDPOINTS });
  const crowds = await Promise.all(ids.map((id) => startCrowd(members.url(id), serviceName(0), services)));
  try {
    const kubeconfigs: Record<string, string> = {};
    for (const [at, id] of ids.entries()) {
      const text = await readFile(members.kubeconfigs[id]!, "utf8");
      kubeconfigs[id] = join(members.dir, `${id}-crowd.yaml`);
      await writeFile(kubeconfigs[id], text.replace(members.url(id), crowds[at]!.url), { mode: 0o600 });
    }
    const stack = new PluginStack({ namespace, members: ids, exportFrom: ids }, members);
    await stack.update(1);
    const size = { services, members: ids.length, endpoints: ENDPOINTS, roundTripMs: 0 };
    const figures: Figure[] = [];
    for (const [operation, ask] of [
      ["preview of one service", () => stack.preview(kubeconfigs)],
      ["update of one service", () => stack.update(1, kubeconfigs)],
    ] as const) {
      progress(`memory: ${operation}`);
      const before = crowds.map((crowd) => crowd.told());
      const { changed, values } = await ask();
      // Of each service in each member at least its Service, export, import, source slice, and the slices of all exporters.
      const least = services * (4 + ids.length);
      const told = Math.min(...crowds.map((crowd, at) => crowd.told() - before[at]!));
      if (told < least) throw new Error(`${operation}: it read ${told} objects of a member, not ${least}`);
      if (changed > 0) throw new Error(`${operation}: it differs though nothing was changed`);
      figures.push({ part: "memory", operation, by: "ours", ...size, runs: 1, values });
    }
    return figures;
  } finally {
    await Promise.all(crowds.map((crowd) => crowd.close()));
    await clearNamespace(members, namespace);
  }
}
