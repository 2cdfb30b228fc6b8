/**
 * A slice of ours that lost our mark (the label by which all are listed), or that names another import as its owner, looks absent, and creating
 * it again would fail on its name. So slices that are to be created for an import that exists are looked for by name first.
 */
import type { EndpointSlice, KubeObject, ServiceImport } from "../../mcs/api";
import { ANNOTATION } from "../../mcs/marks";
import type { ImportedSlice, View } from "../../mcs/observed";
import { contentHash } from "../../mcs/derive/slice-digest";
import type { Change } from "../decide/change";
import type { Member } from "../member";
import type { Fleet } from "./fleet";
import { unreadable } from "./observe";

/** The views with what was found; the same views where nothing was. A member that does not let itself be looked at is one that cannot be read. */
export async function withUnlabelledSlices(
  fleet: Fleet,
  views: readonly View[],
  changes: readonly Change[],
): Promise<readonly View[]> {
  const seen = await Promise.all(views.map(async (view) => withUnlabelled(fleet, view, changes)));
  return seen.some((view, at) => view !== views[at]) ? seen : views;
}

async function withUnlabelled(fleet: Fleet, view: View, changes: readonly Change[]): Promise<View> {
  if (view.state === "unreadable") return view;
  try {
    const found = await unlabelledIn(fleet, view, changes);
    if (found.length === 0) return view;
    return { ...view, service: { ...view.service, importedSlices: [...view.service.importedSlices, ...found] } };
  } catch (error) {
    return unreadable(view.id, error);
  }
}

async function unlabelledIn(
  fleet: Fleet,
  view: View & { readonly state: "read" },
  changes: readonly Change[],
): Promise<readonly ImportedSlice[]> {
  if (view.service.import === undefined) return [];
  const owner = view.service.import;
  const making = changes.filter((c) => c.member === view.id && c.kind === "EndpointSlice" && c.verb === "create");
  const connection = making.length > 0 ? await fleet.connect(view.id) : undefined;
  if (connection?.state !== "connected") return [];
  const names = making.map(({ object }) => object.metadata.name);
  const looking = named(connection.member, owner.metadata.namespace, names);
  const found = await fleet.further(view.id, "looking for unlabelled slices", looking);
  return found.filter((slice) => isOfImport(slice, owner)).map((object) => ({ object, hash: contentHash(object) }));
}

/** Up to so many are asked for one by one. */
const FEW = 3;

/** Those that there are. One list tells which of many to ask for: a service may have hundreds of slices, and hardly one of them is ever there. */
async function named(
  member: Member,
  namespace: string | undefined,
  names: readonly string[],
): Promise<readonly EndpointSlice[]> {
  const wanted = new Set(names);
  const isWanted = ({ metadata }: KubeObject) => wanted.has(metadata.name);
  const there =
    names.length > FEW
      ? (await member.listMetadata("EndpointSlice", { namespace }))
          .filter(isWanted)
          .map(({ metadata }) => metadata.name)
      : names;
  if (there.length > FEW) return (await member.list("EndpointSlice", { namespace })).filter(isWanted);
  const lists = there.map((name) =>
    member.list("EndpointSlice", { namespace, fieldSelector: `metadata.name=${name}` }),
  );
  return (await Promise.all(lists)).flat();
}

/** It says whose it is in other ways: our digest of its content, or the import that owns it. */
function isOfImport(slice: EndpointSlice, { metadata: { uid } }: ServiceImport): boolean {
  const owned = (slice.metadata.ownerReferences ?? []).some((owner) => owner.uid === uid);
  return owned || slice.metadata.annotations?.[ANNOTATION.contentHash] !== undefined;
}
