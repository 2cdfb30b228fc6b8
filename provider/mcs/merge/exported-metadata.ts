/** Exported labels and annotations on an object of ours: exactly the exported ones and our own, and whatever others put there besides. */
import type { KubeObject, ObjectMeta } from "../api";
import { canonical } from "../canonical";
import { ANNOTATION } from "../marks";
import type { ExportedMap } from "./offer";

type Strings = Readonly<Record<string, string>>;

export interface Exported {
  readonly labels: ExportedMap;
  readonly annotations: ExportedMap;
}

interface Keys {
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
}

/**
 * Labels and annotations to write. Keys that we exported before and no longer do are taken off; keys of others stay. Where the winner is only
 * remembered (its cluster cannot be read), the values on the live object are the last ones known, and stay.
 * @param twin of an import its derived Service, and the other way round: has the values where the object itself is made anew
 */
export function withExported(
  live: KubeObject | undefined,
  exported: Exported,
  own: { readonly labels: Strings; readonly annotations: Strings },
  twin?: KubeObject,
): Pick<ObjectMeta, "labels" | "annotations"> {
  const before = exportedKeys(live);
  const known = live ?? twin;
  const last = exportedKeys(known);
  const labels = exported.labels.value ?? pick(known?.metadata.labels, last.labels);
  const annotations = exported.annotations.value ?? pick(known?.metadata.annotations, last.annotations);
  const any = Object.keys(labels).length + Object.keys(annotations).length > 0;
  return {
    labels: { ...omit(live?.metadata.labels, before.labels), ...labels, ...own.labels },
    annotations: {
      ...omit(live?.metadata.annotations, [...before.annotations, ANNOTATION.exportedKeys]),
      ...annotations,
      ...own.annotations,
      ...(any && { [ANNOTATION.exportedKeys]: exportedKeysText({ labels, annotations }) }),
    },
  };
}

/** What we remember on an object of the keys that we exported to it. */
export function exportedKeysText(exported: { readonly labels: Strings; readonly annotations: Strings }): string {
  const keys: Keys = {
    labels: Object.keys(exported.labels).sort(),
    annotations: Object.keys(exported.annotations).sort(),
  };
  return canonical(keys);
}

/** Bytes that exported maps take on an object of ours: keys, values, and the keys once more where they are remembered. */
export function exportedBytes(exported: { readonly labels: Strings; readonly annotations: Strings }): number {
  const entries = [...Object.entries(exported.labels), ...Object.entries(exported.annotations)];
  return entries.reduce((sum, [key, value]) => sum + bytes(key) + bytes(value), bytes(exportedKeysText(exported)));
}

const encoder = new TextEncoder();

function bytes(text: string): number {
  return encoder.encode(text).length;
}

function exportedKeys(live: KubeObject | undefined): Keys {
  const none: Keys = { labels: [], annotations: [] };
  const text = live?.metadata.annotations?.[ANNOTATION.exportedKeys];
  if (!text) return none;
  try {
    const parsed = JSON.parse(text) as Partial<Keys> | null;
    return { labels: strings(parsed?.labels), annotations: strings(parsed?.annotations) };
  } catch {
    return none;
  }
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

function pick(map: Strings = {}, keys: readonly string[]): Strings {
  const wanted = new Set(keys);
  return Object.fromEntries(Object.entries(map).filter(([key]) => wanted.has(key)));
}

function omit(map: Strings = {}, keys: readonly string[]): Strings {
  const unwanted = new Set(keys);
  return Object.fromEntries(Object.entries(map).filter(([key]) => !unwanted.has(key)));
}
