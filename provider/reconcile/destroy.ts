/** The end of a resource: what it made is taken away, importers first, and nothing else. */
import type { Finding, Intent, Outcome } from "./intent";
import type { Fleet } from "./observe/fleet";
import { reconcile } from "./reconcile";

export interface DestroyOptions {
  /** Go on without members that cannot be read, leaving there what is there. Default false: they are failures. */
  readonly forgetUnreachable?: boolean;
}

/** Takes away what `intent.owner` made, importers first. */
export async function destroy(
  fleet: Fleet,
  intent: Intent,
  { forgetUnreachable = false }: DestroyOptions = {},
): Promise<Outcome> {
  const roles = new Set([...intent.exportFrom, ...intent.importTo]);
  const outcome = await reconcile(fleet, withoutRoles(intent));
  const left = Object.entries(outcome.view.skipped)
    .filter(([id]) => roles.has(id))
    .map(([id, why]): Finding => ({ member: id, message: `${why}; ${leftBehind(id, intent)}` }));
  return forgetUnreachable
    ? { ...outcome, warnings: [...outcome.warnings, ...left] }
    : { ...outcome, failures: [...outcome.failures, ...left] };
}

/** The intent of a resource that goes: what it made is to be nowhere. */
export function withoutRoles(intent: Intent): Intent {
  return { ...intent, exportFrom: [], importTo: [], honour: false, unreachable: { do: "hold" } };
}

function leftBehind(id: string, { key, exportFrom, importTo }: Intent): string {
  const kinds = [
    ...(importTo.includes(id) ? ["ServiceImport", "derived Service", "EndpointSlices"] : []),
    ...(exportFrom.includes(id) ? ["ServiceExport"] : []),
  ];
  return `${kinds.join(", ")} of ${key.namespace}/${key.name} are left in "${id}" (set forgetUnreachable to go on without it; a destroy hears it with --run-program)`;
}
