/** One complete reading of one member: a few lists, shared by every service of the process. */
import type { EndpointSlice } from "../../mcs/api";
import { isDnsLabel } from "../../mcs/label-value";
import type { CrdState } from "../../mcs/observed";
import { LABEL, OURS } from "../../mcs/marks";
import type { Allowance, Listed, Member } from "../member";
import { SERVED_VERSION } from "../membership/crd-plan";
import { type Lists, MemberStore, type Snapshot } from "../store/member-store";
import { earliest } from "../reflect/resource-version";
import { keptImportedSlice, keptNamespace, keptService, keptSourceSlice, keptWhole } from "../store/projection";
import { API_SERVER } from "../store/service-index";
import type { Clock } from "../waiting";
import { listIfInstalled } from "./installed-kinds";
import type { Installed } from "./installed-kinds";
import { newAllowance } from "./reading-limits";

export type { Snapshot };

/** As `readLists`. */
export async function takeSnapshot(member: Member, interest: ReadonlySet<string>, clock?: Clock): Promise<MemberStore> {
  return new MemberStore(await readLists(member, interest, clock));
}

/**
 * Six lists, whatever the number of services (more where the names of the exported ones do not fit one request). Rejects as a whole when one of
 * them cannot be read: half a picture would show the other half as gone.
 * @param interest names of Services whose slices are wanted although they are not exported yet
 * @param clock as in `listIfInstalled`
 */
export async function readLists(member: Member, interest: ReadonlySet<string>, clock?: Clock): Promise<Lists> {
  const allowance = newAllowance();
  const [namespaces, exports, importedSlices] = await Promise.all([
    member.listAt("Namespace", { metadataOnly: true, allowance, project: keptNamespace }),
    listIfInstalled(member, "ServiceExport", { allowance, clock, project: keptWhole }),
    member.listAt("EndpointSlice", {
      metadataOnly: true,
      labelSelector: OURS,
      allowance,
      project: keptImportedSlice,
    }),
  ]);
  const exported = (exports?.objects ?? []).map((e) => e.metadata.name);
  // Also where no service is asked for yet: this reading may be the one by which the first of them is written.
  const covered = new Set([...exported, ...interest, API_SERVER.name]);
  // After the slices: those that somebody else makes while we read would otherwise look like left behind by an import that is gone.
  const [imports, services, sourceSlices] = await Promise.all([
    listIfInstalled(member, "ServiceImport", { allowance, clock, project: keptWhole }),
    member.listAt("Service", { allowance, project: keptService }),
    listSourceSlices(member, [...covered], allowance),
  ]);
  const crds = stateOf([exports, imports]);
  return { crds, namespaces, exports, imports, services, importedSlices, sourceSlices, covered };
}

function stateOf(kinds: readonly (Installed<unknown> | undefined)[]): CrdState {
  if (kinds.some((kind) => kind === undefined)) return "absent";
  return kinds.every((kind) => kind?.version === SERVED_VERSION) ? "served" : "outdated";
}

/** Keeps a request line below the 8 KiB that proxies in front of API servers commonly allow. */
const SELECTOR_MAX = 6000;

async function listSourceSlices(
  member: Member,
  names: readonly string[],
  allowance: Allowance,
): Promise<Listed<EndpointSlice>> {
  const legal = names.filter(isDnsLabel).sort();
  const chunks: string[][] = [];
  for (const name of legal) {
    const last = chunks.at(-1);
    if (last && last.join(",").length + name.length < SELECTOR_MAX) last.push(name);
    else chunks.push([name]);
  }
  const lists = await Promise.all(
    chunks.map((chunk) =>
      member.listAt("EndpointSlice", {
        labelSelector: `${LABEL.serviceName} in (${chunk.join(",")})`,
        allowance,
        project: keptSourceSlice,
      }),
    ),
  );
  return {
    objects: lists.flatMap(({ objects }) => objects),
    resourceVersion: earliest(lists.map(({ resourceVersion }) => resourceVersion)),
  };
}
