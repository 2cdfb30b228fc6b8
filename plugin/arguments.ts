/**
 * The arguments of a kind in a schema for all languages → those of the handlers. Where the TypeScript classes take one of several shapes, other languages have
 * an argument for each: their generators do not know such unions.
 */
import { isRecord, type Properties } from "../provider/resources/inputs/properties";

/** Arguments that select members, with their twins that do so by labels. */
export const SELECTORS = ["exportFrom", "importTo", "from", "members"] as const;
/** E.g. `exportFromLabels`. */
export const BY_LABELS = "Labels";
/** The one entry of a list that stands for every member. */
export const EVERY = "*";

export function handlerArguments(given: Properties): Properties {
  const { await: wait, ...rest } = given;
  const selected = SELECTORS.flatMap((selector): [string, unknown][] => {
    const [ids, labels] = [given[selector], given[selector + BY_LABELS]];
    // Both: the handlers refuse the twin as no argument, which is as good a word as any.
    if (ids !== undefined && labels !== undefined) return [];
    if (labels !== undefined) {
      return [
        [selector + BY_LABELS, undefined],
        [selector, { matchLabels: labels }],
      ];
    }
    return Array.isArray(ids) && ids.length === 1 && ids[0] === EVERY ? [[selector, "all"]] : [];
  });
  const args = { ...rest, ...Object.fromEntries(selected), ...(wait !== undefined && { await: awaited(wait) }) };
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined));
}

/** `enabled: false` is `await: false`. */
function awaited(wait: unknown): unknown {
  if (!isRecord(wait) || !("enabled" in wait)) return wait;
  const { enabled, ...rest } = wait;
  return enabled === false ? false : rest;
}
