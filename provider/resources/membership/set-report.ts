/** What is known of the members of a clusterset, and what is wrong with them: for programs that ask. Never writes. */
import type { Context } from "../process/context";
import type { Properties } from "../inputs/properties";
import { setPreflight } from "./set-preflight";

export async function clusterSetReport(here: Context): Promise<Properties> {
  const { members, problems, warnings } = await setPreflight(here);
  const of = members.map(
    ({ id, version = "", identity = "", podCIDRs, serviceCIDRs, problems: own }): [string, object] => [
      id,
      { version, identity, podCIDRs, serviceCIDRs, problems: own },
    ],
  );
  return { name: here.settings.name ?? "", members: Object.fromEntries(of), problems, warnings };
}
