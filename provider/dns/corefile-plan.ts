/** What to write to the ConfigMap with the Corefile. What we added is noted in an annotation of it: only that is ever taken off. */
import type { ConfigMap } from "../mcs/api";
import { MANAGER } from "../mcs/marks";
import { clustersetParts, type ClustersetParts } from "./corefile/clusterset-parts";
import { hasPart, type Part, PARTS, partText, type Way, withoutPart, withPart } from "./corefile/corefile-edits";
import type { Refused } from "./corefile/corefile-tokens";
import { COREFILE } from "./dns-facts";
import type { DnsWrite } from "./dns-writes";

/** JSON of a `Note`. */
const NOTE = `${MANAGER}/corefile`;
const EVERY_PART: readonly string[] = [...new Set(Object.values(PARTS).flat())];

interface Note {
  /** Marks of the resources that ask for it, sorted. */
  readonly owners: readonly string[];
  /** What was not there before. */
  readonly added: readonly Part[];
}

export interface CorefilePlan {
  readonly writes: readonly DnsWrite[];
  /** The Corefile as it then is. */
  readonly text: string;
}

export function corefileOf({ data }: ConfigMap): string | undefined {
  return data?.[COREFILE];
}

/** PURE. Parts of the Corefile that we added, as far as they are still there. */
export function addedTo(configMap: ConfigMap, parts: ClustersetParts): readonly Part[] {
  return noteOf(configMap).added.filter((part) => hasPart(parts, part));
}

/** PURE. Adds what is missing for that way, and takes off what we added for the other. */
export function serveZone(
  configMap: ConfigMap,
  parts: ClustersetParts,
  way: Way,
  owner: string,
): CorefilePlan | Refused {
  const held = addedTo(configMap, parts);
  const obsolete = held.filter((part) => !PARTS[way].includes(part));
  const missing = PARTS[way].filter((part) => !hasPart(parts, part));
  const text = edited(parts.text, { off: obsolete, on: missing });
  if (typeof text !== "string") return text;
  const added = [...held.filter((part) => !obsolete.includes(part)), ...missing];
  const owners = added.length === 0 ? [] : [...noteOf(configMap).owners, owner];
  return planned(configMap, { text, owners, added }, [...said("-", obsolete), ...said("+", missing)]);
}

/** PURE. Takes off what we added once no owner is left. */
export function leaveZone(configMap: ConfigMap, owner: string): CorefilePlan | Refused {
  const text = corefileOf(configMap) ?? "";
  const note = noteOf(configMap);
  if (!note.owners.includes(owner)) return { writes: [], text };
  const owners = note.owners.filter((one) => one !== owner);
  if (owners.length > 0) return planned(configMap, { text, owners, added: note.added }, []);
  const parts = clustersetParts(text);
  if ("refused" in parts) return parts;
  const off = addedTo(configMap, parts);
  const left = edited(text, { off, on: [] });
  return typeof left === "string" ? planned(configMap, { text: left, owners, added: [] }, said("-", off)) : left;
}

function edited(
  text: string,
  { off, on }: { readonly off: readonly Part[]; readonly on: readonly Part[] },
): string | Refused {
  let now: string | Refused = text;
  // The reverse of the order in which they came: the option before its zone.
  for (const part of [...off].reverse()) if (typeof now === "string") now = withoutPart(now, part);
  for (const part of on) if (typeof now === "string") now = withPart(now, part);
  if (typeof now !== "string") return now;
  const parts = clustersetParts(now);
  if ("refused" in parts) return parts;
  const failed = on.filter((part) => !hasPart(parts, part));
  return failed.length > 0 ? { refused: `takes no ${failed.map(partText).join(", ")}` } : now;
}

function said(sign: "+" | "-", parts: readonly Part[]): readonly string[] {
  return parts.map((part) => `${COREFILE}: ${sign} ${partText(part)}`);
}

function planned(
  configMap: ConfigMap,
  { text, owners, added }: Note & { readonly text: string },
  changes: readonly string[],
): CorefilePlan {
  const note = { owners: [...new Set(owners)].sort(), added };
  const { [NOTE]: before, ...others } = configMap.metadata.annotations ?? {};
  const after = note.owners.length === 0 ? undefined : JSON.stringify(note);
  if (changes.length === 0 && before === after) return { writes: [], text };
  const { managedFields: _managedFields, ...metadata } = configMap.metadata;
  const annotations = { ...others, ...(after !== undefined && { [NOTE]: after }) };
  const object = {
    ...configMap,
    metadata: { ...metadata, annotations },
    data: { ...configMap.data, [COREFILE]: text },
  };
  const fields = changes.length > 0 ? changes : [`metadata.annotations["${NOTE}"]: who asks for it`];
  return { writes: [{ verb: "update", kind: "ConfigMap", object, fields }], text };
}

/** What is no note of ours tells nothing. */
function noteOf({ metadata }: ConfigMap): Note {
  const nothing: Note = { owners: [], added: [] };
  try {
    const { owners, added } = JSON.parse(metadata.annotations?.[NOTE] ?? "{}") as Readonly<Record<string, unknown>>;
    if (!Array.isArray(owners) || !Array.isArray(added)) return nothing;
    return {
      owners: owners.filter((owner) => typeof owner === "string"),
      added: added.filter((part): part is Part => EVERY_PART.includes(part as string)),
    };
  } catch {
    return nothing;
  }
}
