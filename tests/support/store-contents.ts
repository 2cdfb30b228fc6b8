/** All that a snapshot answers, as a value that can be compared. */
import type { Snapshot } from "../../provider/reconcile/store/member-store";

export function contentsOf(snapshot: Snapshot) {
  const { crds, namespaces, exports, imports, services, derived, families } = snapshot;
  const { importedSlices, sourceSlices, ownAddresses } = snapshot;
  const plain = <V>(map: ReadonlyMap<string, V>): Record<string, V> =>
    Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    crds,
    families,
    namespaces: plain(namespaces),
    exports: plain(exports),
    imports: plain(imports),
    services: plain(services),
    derived: plain(derived),
    importedSlices: plain(importedSlices),
    sourceSlices: plain(sourceSlices),
    ownAddresses: [...ownAddresses].sort(),
  };
}
