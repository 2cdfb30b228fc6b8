/**
 * `--continue-on-error`: a resource that `check` or `diff` refuses ends the whole `up` in the engine, whatever the flag says, and which of the others
 * were written by then is chance. What stands in the clusters against one resource is then only told by them, and its create or update is what
 * fails: nothing of it is written, and the others go on.
 */
import { same } from "../../mcs/canonical";
import type { Context } from "../process/context";
import { Refusal } from "../display/failure";
import { resourceDisplay } from "../display/resource-display";
import type { DiffResult } from "../handlers";
import type { Failure } from "../inputs/input-fields";
import type { Properties } from "../inputs/properties";
import type { ServiceKind } from "./service-kinds";

/** URNs whose old object goes before the new one is made: with that refused later, nothing would be left. */
const replaced = new WeakMap<Context, Set<string>>();

/** Failures of `check` that do not come from the inputs: none where create or update is to fail with them. */
export async function refusedInCheck(
  here: Context,
  urn: string | undefined,
  failures: readonly Failure[],
): Promise<readonly Failure[]> {
  if (!here.continuesOnError || replaced.get(here)?.has(urn ?? "")) return failures;
  await tellLater(
    here,
    urn,
    failures.map(({ reason }) => reason),
  );
  return [];
}

/** As `diff`, with a refusal as a change that the update will refuse. */
export async function refusedInDiff(
  here: Context,
  urn: string | undefined,
  diff: () => Promise<DiffResult>,
): Promise<DiffResult> {
  try {
    const result = await diff();
    if (result.replaces && result.replaces.length > 0) {
      replaced.set(here, (replaced.get(here) ?? new Set()).add(urn ?? ""));
    }
    return result;
  } catch (error) {
    if (!here.continuesOnError || !(error instanceof Refusal)) throw error;
    await tellLater(here, urn, [error.message]);
    return { changes: true };
  }
}

/**
 * Of an update. A replacement that `diff` refused comes as one, as the engine was told of a change alone; made in place, it would leave the
 * objects of the old name behind, and no state would tell of them.
 */
export function refuseInPlace({ name, replacing }: ServiceKind, olds: Properties, news: Properties): void {
  const changed = replacing.filter((field) => !same(olds[field], news[field]));
  if (changed.length === 0) return;
  throw new Refusal(
    `nothing was written: ${changed.join(" and ")} of a ${name} cannot be changed in place, and its replacement was refused; run pulumi up again`,
  );
}

async function tellLater({ log }: Context, urn: string | undefined, reasons: readonly string[]): Promise<void> {
  const findings = reasons.map((reason) => ({ message: `will be refused (--continue-on-error): ${reason}` }));
  await resourceDisplay(log, urn).warn(findings);
}
