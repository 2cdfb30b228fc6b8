/** How lists of ports stand in the memory of a merge: each distinct port once, in a table, and each list as places in it. */
import type { ImportPort } from "../api";
import { PORTS_MAX } from "../limits";

/** `["http",80]`, `["dns",53,"UDP"]`, `["web",81,"TCP","kubernetes.io/h2c"]`; an unnamed port is named "". */
export type PortEntry = readonly (string | number)[];

/** Of a port in normal form (offer.ts). */
export function portEntry({ name = "", port, protocol = "TCP", appProtocol }: ImportPort): PortEntry {
  if (appProtocol !== undefined) return [name, port, protocol, appProtocol];
  return protocol === "TCP" ? [name, port] : [name, port, protocol];
}

/** Undefined where it is none. */
export function portOf(entry: unknown): ImportPort | undefined {
  if (!Array.isArray(entry)) return undefined;
  const [name, port, protocol = "TCP", appProtocol] = entry as readonly unknown[];
  if (typeof name !== "string" || typeof port !== "number" || typeof protocol !== "string") return undefined;
  if (appProtocol !== undefined && typeof appProtocol !== "string") return undefined;
  return { ...(name && { name }), protocol, port, ...(appProtocol && { appProtocol }) };
}

/** `0-3,7`; "" is an empty list. */
export function placesText(places: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const place of [...places].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last?.[1] === place - 1) last[1] = place;
    else runs.push([place, place]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
}

/** Undefined where the text is none, or tells more places than an exporter may have ports. */
export function placesOf(text: unknown): readonly number[] | undefined {
  if (text === "") return [];
  if (typeof text !== "string" || !/^\d{1,6}(-\d{1,6})?(,\d{1,6}(-\d{1,6})?)*$/.test(text)) return undefined;
  const places: number[] = [];
  for (const run of text.split(",")) {
    const [from = 0, to = from] = run.split("-").map(Number);
    if (places.length + to - from + 1 > PORTS_MAX) return undefined;
    for (let place = from; place <= to; place += 1) places.push(place);
  }
  return places;
}
