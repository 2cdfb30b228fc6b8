/** What a member holds of one service, read anew into what is kept of the member: a few small lists instead of all of them. */
import type { EndpointSlice, Key } from "../../mcs/api";
import { derivedServiceName } from "../../mcs/derive/names";
import { ANNOTATION, LABEL, OURS } from "../../mcs/marks";
import { keyText } from "../../mcs/object-key";
import type { Listed, Member } from "../member";
import type { MemberStore } from "../store/member-store";

/**
 * Rejects as a whole where one of them cannot be read; what was read by then is kept, as any later news would be. A derived Service of a name that
 * nothing kept or read tells of is not looked for.
 */
export async function readService(member: Member, store: MemberStore, key: Key): Promise<void> {
  const { namespace, name } = key;
  const text = keyText(key);
  const named = (object: string) => ({ namespace, fieldSelector: `metadata.name=${object}` });
  const service = async (object: string) =>
    store.merge("Service", await member.listAt("Service", named(object)), [keyText({ namespace, name: object })]);
  const imported = async () => {
    // The slices first: those that somebody else makes while we read would otherwise look like left behind by an import that is gone.
    const labelSelector = `${OURS},${LABEL.importName}=${name}`;
    const slices = await member.listAt("EndpointSlice", { namespace, labelSelector, metadataOnly: true });
    store.mergeImported(key, slices);
    store.merge("ServiceImport", await member.listAt("ServiceImport", named(name)), [text]);
    const leadsTo = store.imports.get(text)?.metadata.annotations?.[ANNOTATION.derivedService];
    if (leadsTo !== undefined && !names.has(leadsTo)) await service(leadsTo);
  };
  const names = new Set([
    name,
    derivedServiceName(key),
    ...(store.derived.get(text) ?? []).map(({ metadata }) => metadata.name),
  ]);
  await Promise.all([
    member
      .listAt("Namespace", { fieldSelector: `metadata.name=${namespace}`, metadataOnly: true })
      .then((listed) => store.merge("Namespace", listed, [namespace])),
    member.listAt("ServiceExport", named(name)).then((listed) => store.merge("ServiceExport", listed, [text])),
    ...[...names].map(service),
    readSources(member, store, key),
    imported(),
  ]);
}

/** The slices of one Service, with their content. */
export async function readSources(member: Member, store: MemberStore, key: Key): Promise<void> {
  const { namespace, name } = key;
  const listed: Listed<EndpointSlice> = await member.listAt("EndpointSlice", {
    namespace,
    labelSelector: `${LABEL.serviceName}=${name}`,
  });
  store.mergeSources(key, listed);
}
