/** What an export may ask for in all. Known before anything is written: an export of more would be made, and never be exported. */
import { exportedBytes } from "../../mcs/merge/exported-metadata";
import { EXPORTED_MAX_BYTES } from "../../mcs/limits";
import type { Failure } from "./input-fields";
import type { Properties } from "./properties";
import { isUnknown } from "./unknown";

/** Of inputs that passed their own rules. */
export function exportedSizeFailures({
  exportedLabels = {},
  exportedAnnotations = {},
}: Properties): readonly Failure[] {
  if (isUnknown(exportedLabels) || isUnknown(exportedAnnotations)) return [];
  const [labels, annotations] = [exportedLabels, exportedAnnotations] as readonly Readonly<Record<string, string>>[];
  const bytes = exportedBytes({ labels: labels!, annotations: annotations! });
  if (bytes <= EXPORTED_MAX_BYTES) return [];
  const reason = `and exportedLabels are ${bytes} bytes on an import, their keys counted twice; at most ${EXPORTED_MAX_BYTES} can be exported`;
  return [{ property: "exportedAnnotations", reason }];
}
