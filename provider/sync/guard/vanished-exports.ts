/**
 * PURE. What a member seems to have stopped exporting, by what the importers still hold of it. So it is seen after a restart, too, what vanished
 * while nobody looked.
 */
import { LABEL } from "../../mcs/marks";
import type { Snapshot } from "../../reconcile/observe/snapshot";

export interface Vanished {
  /** `namespace/name` of services that are imported from it, and that it does not export. */
  readonly missing: ReadonlySet<string>;
  /** Services that are imported from it. */
  readonly of: number;
}

/** @param known members that can be read */
export function vanishedExports(id: string, known: ReadonlyMap<string, Snapshot>): Vanished {
  const exports = known.get(id)?.exports;
  const imported = new Set<string>();
  for (const { importedSlices } of known.values()) {
    for (const [key, slices] of importedSlices) {
      if (slices.some(({ metadata }) => metadata.labels?.[LABEL.sourceCluster] === id)) imported.add(key);
    }
  }
  const missing = exports ? [...imported].filter((key) => !exports.has(key)) : [];
  return { missing: new Set(missing), of: imported.size };
}

/** Members that the service is imported from, that can be read, and that do not export it. */
export function withdrawnFrom(key: string, known: ReadonlyMap<string, Snapshot>): readonly string[] {
  const sources = [...known.values()].flatMap(({ importedSlices }) =>
    (importedSlices.get(key) ?? []).map(({ metadata }) => metadata.labels?.[LABEL.sourceCluster] ?? ""),
  );
  return [...new Set(sources)].filter((id) => known.get(id)?.exports.has(key) === false);
}

/** More than this, and more than half of them, at once: somebody deleted a CRD, a namespace, or a cluster was rebuilt under its old address. */
const MOST = 10;

export function isTooMuch({ missing, of }: Vanished): boolean {
  return missing.size > MOST && missing.size > of / 2;
}
