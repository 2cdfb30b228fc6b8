/** What a probe takes away: its own at its end, and what runs that are over have left, e.g. because they were killed. */
import type { KubeObject } from "../mcs/api";
import type { Kind, Member } from "../reconcile/member";
import { asFailure, isMemberError } from "../reconcile/member-error";
import type { Fleet } from "../reconcile/observe/fleet";
import { expiredRun, PROBE_LABEL } from "./probe-objects";
import { unserve } from "./probe-services";

interface Found {
  readonly member: Member;
  readonly kind: "Service" | "Pod";
  readonly object: KubeObject;
}

/**
 * Removes all objects of a run: imports and exports first, then Services and pods.
 * @returns what could not be removed, each with its member
 */
export async function removeRun(fleet: Fleet, namespace: string, run: string): Promise<readonly string[]> {
  return removeFound(fleet, namespace, await find(fleet, namespace, `${PROBE_LABEL}=${run}`, () => run));
}

/** The same of every run that is over by `now`. `removed`: how many runs. */
export async function removeExpired(
  fleet: Fleet,
  namespace: string,
  now: number,
): Promise<{ readonly removed: number; readonly left: readonly string[] }> {
  const found = await find(fleet, namespace, PROBE_LABEL, (object) => expiredRun(object, now));
  const left = await removeFound(fleet, namespace, found);
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

async function removeFound(
  fleet: Fleet,
  namespace: string,
  { objects, problems }: Finding,
): Promise<readonly string[]> {
  const left = [...problems];
  const services = objects.filter(({ kind }) => kind === "Service");
  for (const { member, object } of services) {
    const run = object.metadata.labels?.[PROBE_LABEL] ?? "";
    const others = fleet.ids.filter((id) => id !== member.id);
    const service = { run, namespace, name: object.metadata.name, exporter: member.id, importers: others };
    left.push(...(await unserve(fleet, service)));
  }
  await Promise.all(
    objects.map(async ({ member, kind, object }) => {
      const { name, uid } = object.metadata;
      try {
        await member.remove(kind satisfies Kind, { namespace, name, ...(uid !== undefined && { uid }) });
      } catch (error) {
        left.push(asFailure(error, member.id).message);
      }
    }),
  );
  return [...new Set(left)];
}
