/** What must stand everywhere once nothing goes wrong any more: by a model of its own, and by what a process finds to do that has just begun. */
import type { Key, Service, ServiceImport } from "../../provider/mcs/api";
import { derivedServiceName } from "../../provider/mcs/derive/names";
import { isOurs, ownerOf } from "../../provider/mcs/marks";
import { keyText } from "../../provider/mcs/object-key";
import { SYNC_OWNER } from "../../provider/sync/pass/sync-intents";
import { fixedMembers } from "../../provider/sync/seams/sync-members";
import { createSync } from "../../provider/sync/sync-process";
import type { ClusterSet } from "./clusterset";
import { importedKey, sourceOf } from "./ledger";
import type { Timeline } from "./timeline";

/** What is not as it should be; empty where all is. */
export function differences(set: ClusterSet, autoImport: boolean): readonly string[] {
  return set.keys.flatMap((key) => set.ids.flatMap((id) => differencesIn(set, autoImport, id, key)));
}

function differencesIn(
  { ids, ledger }: ClusterSet,
  autoImport: boolean,
  importer: string,
  key: Key,
): readonly string[] {
  const text = keyText(key);
  const live = ledger.find<ServiceImport>(importer, "ServiceImport", text);
  const exporters = ids.filter((id) => ledger.find(id, "ServiceExport", text));
  const isWanted = autoImport && exporters.length > 0;
  if (isWanted !== (live !== undefined) && (isWanted || ownerOf(live) === SYNC_OWNER))
    return [`${text} is ${live ? "imported" : "not imported"} in ${importer}`];
  const sources = new Set([...ids, ...exporters]);
  const wrong = [...sources].filter((source) => {
    const wanted = live && exporters.includes(source) ? ledger.exported(source, text) : [];
    return [...wanted].sort().join() !== [...ledger.imported(importer, text, source)].sort().join();
  });
  return [
    ...wrong.map(
      (source) =>
        `${importer} has ${ledger.imported(importer, text, source).join() || "nothing"} of ${text} in ${source}`,
    ),
    // Where nobody exports, the derived Service may keep another mark: still open, see docs/decisions/0007.
    ...(live && isOurs(live) && exporters.length > 0 ? twoOwners(ledger, importer, key, live) : []),
  ];
}

/** Of what stands for one import, all is its owner's. */
function twoOwners(ledger: ClusterSet["ledger"], importer: string, key: Key, live: ServiceImport): readonly string[] {
  const derived = ledger.find<Service>(importer, "Service", `${key.namespace}/${derivedServiceName(key)}`);
  const slices = ledger.all(importer, "EndpointSlice").filter((it) => importedKey(it) === keyText(key) && sourceOf(it));
  const owners = new Set([live, derived, ...slices].flatMap((it) => ownerOf(it) ?? []));
  return owners.size > 1 ? [`${keyText(key)} in ${importer} is of ${[...owners].join(" and ")}`] : [];
}

/** What a process that has just begun would write, and what it could not do. */
export async function leftToDo(set: ClusterSet, time: Timeline, autoImport: boolean): Promise<readonly string[]> {
  const machine = set.boot("fresh");
  const members = set.ids.map((id) => ({ id, connect: async () => set.connect(machine, id) }));
  const sync = createSync({ members: fixedMembers(members), autoImport, clock: machine.clock, now: machine.date });
  const looking = sync.once(new AbortController().signal, true);
  let found: readonly string[] | undefined;
  void looking.then(({ services, unreadable }) => {
    found = [
      ...services.flatMap(({ writes, failures }) => [
        ...writes.map((it) => `${it.member}: ${it.verb} ${it.kind} ${it.name} ${it.fields.join()}`),
        ...failures.map(({ message }) => message),
      ]),
      ...unreadable.values(),
    ];
  });
  for (let tries = 0; found === undefined && tries < 60; tries += 1) await time.advance(1_000);
  machine.kill();
  return found ?? ["a dry run does not end"];
}
