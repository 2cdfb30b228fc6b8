/** PURE. Which services there are: all that somebody exports or imports, and all of which something of ours is left. */
import type { Key } from "../../mcs/api";
import type { Snapshot } from "../../reconcile/observe/snapshot";

/** `namespace/name` each, sorted. */
export function serviceKeys(known: ReadonlyMap<string, Snapshot>): readonly string[] {
  const keys = [...known.values()].flatMap((it) => [
    ...it.exports.keys(),
    ...it.imports.keys(),
    ...it.derived.keys(),
    ...it.importedSlices.keys(),
  ]);
  return [...new Set(keys)].filter((text) => keyOf(text) !== undefined).sort();
}

export function isService(text: string, known: ReadonlyMap<string, Snapshot>): boolean {
  return [...known.values()].some(
    (it) => it.exports.has(text) || it.imports.has(text) || it.derived.has(text) || it.importedSlices.has(text),
  );
}

/** Undefined where it names no service: what carries our mark and does not say for which import. */
export function keyOf(text: string): Key | undefined {
  const [namespace = "", name = ""] = text.split("/");
  return namespace === "" || name === "" ? undefined : { namespace, name };
}
