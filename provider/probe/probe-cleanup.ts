/** What a probe takes away: its own at its end, and what runs that are over have left, e.g. because they were killed. */
import type { KubeObject } from "../mcs/api";
import type { Kind, Member } from "../reconcile/member";
import { asFailure, isMemberError } from "../reconcile/member-error";
import type { Fleet } from "../reconcile/observe/fleet";
import { expiredRun, PROBE_LABEL, type Run } from "./probe-objects";
import { type ServedService, unserve } from "./probe-services";

interface Found {
  readonly member: Member;
  readonly kind: "Service" | "Pod";
  readonly object: KubeObject;
}

/**
 * Removes all objects of a run: imports and exports first, then Services and pods.
 * @param made what the run may have exported and imported, whether or not its Service can still be seen
 * @returns what could not be removed, each with its member
 */
export async function removeRun(
  fleet: Fleet,
  namespace: string,
  { run: { id }, made }: { readonly run: Pick<Run, "id">; readonly made: readonly ServedService[] },
): Promise<readonly string[]> {
  const found = await find(fleet, namespace, `${PROBE_LABEL}=${id}`, () => id);
  return removeFound(fleet, found, { made, isWhole: true });
}

/**
 * The same of every run that is over by `now`. `removed`: how many runs.
 * @param isWhole the fleet has every member that such a run may have used
 */
export async function removeExpired(
  fleet: Fleet,
  namespace: string,
  { now, isWhole }: { readonly now: number; readonly isWhole: boolean },
): Promise<{ readonly removed: number; readonly left: readonly string[] }> {
  const found = await find(fleet, namespace, PROBE_LABEL, (object) => expiredRun(object, now));
  const made = found.objects.flatMap(({ member, kind, object }): ServedService[] => {
    if (kind !== "Service") return [];
    const importers = fleet.ids.filter((id) => id !== member.id);
    const run = object.metadata.labels?.[PROBE_LABEL] ?? "";
    return [{ run, namespace, name: object.metadata.name, exporter: member.id, importers }];
  });
  const left = await removeFound(fleet, found, { made, isWhole });
  return { removed: new Set(found.objects.map(({ object }) => object.metadata.labels?.[PROBE_LABEL])).size, left };
}

interface Finding {
  readonly objects: readonly Found[];
  readonly problems: readonly string[];
}

async function find(
  fleet: Fleet,
  namespace: string,
  labelSelector: string,
  runOf: (object: KubeObject) => string | undefined,
): Promise<Finding> {
  const problems: string[] = [];
  const objects = await Promise.all(
    fleet.ids.map(async (id): Promise<readonly Found[]> => {
      const connection = await fleet.connect(id);
      // Its own trouble is told by whoever needs it; what is there stays, and a later run finds it.
      if (connection.state === "failed") return [];
      const { member } = connection;
      const listed = async (kind: Found["kind"]): Promise<readonly Found[]> => {
        try {
          const all = await member.listMetadata(kind, { namespace, labelSelector });
          return all.filter((object) => runOf(object) !== undefined).map((object) => ({ member, kind, object }));
        } catch (error) {
          // Who may list no pods has made none.
          if (!isMemberError(error) || error.code !== "forbidden") problems.push(asFailure(error, id).message);
          return [];
        }
      };
      return (await Promise.all([listed("Service"), listed("Pod")])).flat();
    }),
  );
  return { objects: objects.flat(), problems };
}

/** A Service goes last, and only when its imports are gone everywhere: by it a later run finds what is left. */
async function removeFound(
  fleet: Fleet,
  { objects, problems }: Finding,
  { made, isWhole }: { readonly made: readonly ServedService[]; readonly isWhole: boolean },
): Promise<readonly string[]> {
  const left = [...problems];
  const kept = new Set<string>();
  for (const service of made) {
    const still = await unserve(fleet, service);
    if (still.length > 0 || !isWhole) kept.add(`${service.exporter}/${service.name}`);
    left.push(...still);
  }
  const goes = objects.filter(
    ({ member, kind, object }) => kind === "Pod" || !kept.has(`${member.id}/${object.metadata.name}`),
  );
  await Promise.all(
    goes.map(async ({ member, kind, object: { metadata } }) => {
      const { name, namespace, uid } = metadata;
      const ref = { name, ...(namespace !== undefined && { namespace }), ...(uid !== undefined && { uid }) };
      try {
        await member.remove(kind satisfies Kind, ref);
      } catch (error) {
        left.push(asFailure(error, member.id).message);
      }
    }),
  );
  return [...new Set(left)];
}
