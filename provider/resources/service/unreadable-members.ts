/** Members that cannot be read now, where that matters beyond a warning. */
import type { Key } from "../../mcs/api";
import type { Finding } from "../../reconcile/intent";
import type { Context } from "../process/context";
import { refusal } from "../display/failure";
import { stopsForAny, type UnreachableArgs } from "../inputs/unreachable-policy";

/**
 * One finding for each of `ids` that cannot be read, from the reading that all resources share.
 * @param of the service that is asked for, and `asOf` as in `preview`
 */
export async function unreadable(
  { fleet }: Context,
  ids: readonly string[],
  { key, asOf = 0 }: { readonly key?: Key; readonly asOf?: number } = {},
): Promise<readonly Finding[]> {
  const readings = await fleet.read(asOf, { key });
  return ids.flatMap((id) => {
    const reading = readings.get(id);
    return reading?.state === "unreadable" ? [{ member: id, message: reading.error.message }] : [];
  });
}

/** `unreachable: "fail"` of the clusterset: nothing goes on while a member of it cannot be read, unless the service says otherwise. */
export async function requireReadable(context: Context, service: UnreachableArgs): Promise<void> {
  if (!stopsForAny(context.settings, service)) return;
  const findings = await unreadable(context, context.fleet.ids);
  if (findings.length > 0)
    throw refusal('members cannot be read, and the clusterset says unreachable: "fail"', findings);
}
