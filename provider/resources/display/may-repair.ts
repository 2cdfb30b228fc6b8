/** Whether what `read` found is put right now, and where nobody can know that it may be, the word that says so. */
import type { Context } from "../process/context";
import { VOUCHED } from "../process/pass";
import { resourceDisplay } from "./resource-display";

/** Asked where something differs. Tells once a process, on the stack's line, why it is not repaired, where that is not what was asked for. */
export async function mayRepair({ settings, pass, log }: Pick<Context, "settings" | "pass" | "log">): Promise<boolean> {
  if (settings.refresh !== "reconcile") return false;
  if (pass.is !== "unproved") return pass.is === "real";
  const message =
    `nothing was repaired, because it is not known whether this is a preview: ${pass.why}; pulumi up repairs it ` +
    `(or ${VOUCHED}=reconcile pulumi refresh --skip-preview: docs/previews.md)`;
  await resourceDisplay(log).warn([{ message }]);
  return false;
}
