/**
 * What an import remembers of its exporters (remembered-constituents.ts), as a text that fits whatever they offer: equal offers and equal ports stand
 * in it once. Where that is not enough, the longest lists of ports go first, so that who offers much takes the memory of nobody who offers
 * little; an exporter's place in precedence and all that is no port stay. Only where not even those fit, the youngest exporters are forgotten.
 */
import type { ImportPort } from "../api";
import { canonical, compareText } from "../canonical";
import { MEMORY_MAX_BYTES } from "../limits";
import { placesText, portEntry } from "./memory-format";
import type { Constituent, ExportedMap } from "./offer";

export interface Memory {
  /** JSON: `{ exporters: [{ cluster, since, offer }], offers: [{ …, ports: "0-3,7" }], ports: [["http",80]] }`, at most MEMORY_MAX_BYTES. */
  readonly text: string;
  /** Clusters of which it holds all but the ports, in order of precedence. */
  readonly withoutPorts: readonly string[];
  /** Clusters that it does not hold at all. */
  readonly forgotten: readonly string[];
}

const known = new WeakMap<readonly Constituent[], Memory>();

/** `constituents` in order of precedence. Made once for all importers of a merge. */
export function memoryOf(constituents: readonly Constituent[]): Memory {
  const before = known.get(constituents);
  if (before) return before;
  const memory = made(constituents);
  known.set(constituents, memory);
  return memory;
}

interface RememberedOffer {
  /** All but the ports. Of exported maps the hash alone: the winner's values stand on the import. */
  readonly bare: object;
  readonly list: PortList | undefined;
}

interface PortList {
  readonly entries: readonly string[];
  /** As JSON. */
  readonly size: number;
  /** Offers that have it. */
  users: number;
}

function made(constituents: readonly Constituent[]): Memory {
  const lists = new Map<string, PortList>();
  const offers = new Map<string, RememberedOffer & { readonly at: number }>();
  const exporters: { readonly cluster: string; readonly since?: string; readonly offer: number }[] = [];
  const forgotten: string[] = [];
  let room = MEMORY_MAX_BYTES - JSON.stringify({ exporters: [], offers: [], ports: [] }).length;

  for (const { cluster, since, offer, portsAssumed } of constituents) {
    const { ports, labels, annotations, ...rest } = offer;
    const bare = { ...rest, labels: hashOf(labels), annotations: hashOf(annotations) };
    // What is a guess now would be taken for a fact next time.
    const list = portsAssumed ? undefined : listOf(ports);
    const text = canonical(bare);
    const id = `${text} ${list ? list.entries.join() : "?"}`;
    const at = offers.get(id)?.at ?? offers.size;
    const exporter = { cluster, ...(since !== undefined && { since }), offer: at };
    const size = JSON.stringify(exporter).length + 1 + (offers.has(id) ? 0 : text.length + 1);
    if (size > room) {
      forgotten.push(cluster);
      continue;
    }
    room -= size;
    exporters.push(exporter);
    if (!offers.has(id)) {
      const shared = list && (lists.get(list.entries.join()) ?? list);
      if (shared) {
        lists.set(shared.entries.join(), shared);
        shared.users += 1;
      }
      offers.set(id, { bare, list: shared, at });
    }
  }

  const { ports, places } = fitted([...lists.values()], room);
  const table = [...offers.values()].map(({ bare, list }) => {
    const text = list && places.get(list);
    return { ...bare, ...(text !== undefined && { ports: text }) };
  });
  return {
    text: canonical({ exporters, offers: table, ports: ports.map((entry) => JSON.parse(entry) as unknown) }),
    withoutPorts: exporters.filter(({ offer }) => !("ports" in table[offer]!)).map(({ cluster }) => cluster),
    forgotten,
  };
}

function hashOf({ hash }: ExportedMap): ExportedMap {
  return { hash };
}

function listOf(ports: readonly ImportPort[]): PortList {
  const entries = ports.map((port) => JSON.stringify(portEntry(port)));
  return { entries, size: entries.reduce((sum, entry) => sum + entry.length + 1, 0), users: 0 };
}

/** The shortest lists first: three exporters with the longest that may be leave room for all that are shorter than a quarter of it. */
function fitted(
  lists: readonly PortList[],
  given: number,
): { readonly ports: readonly string[]; readonly places: ReadonlyMap<PortList, string> } {
  const table = new Map<string, number>();
  const places = new Map<PortList, string>();
  let room = given;
  for (const list of [...lists].sort((a, b) => a.size - b.size || compareText(a.entries.join(), b.entries.join()))) {
    const added = list.entries.filter((entry) => !table.has(entry));
    const numbers = new Map(added.map((entry, n) => [entry, table.size + n]));
    const text = placesText(list.entries.map((entry) => table.get(entry) ?? numbers.get(entry)!));
    const size =
      added.reduce((sum, entry) => sum + entry.length + 1, 0) +
      list.users * (JSON.stringify({ ports: text }).length - 1);
    if (size > room) continue;
    room -= size;
    for (const [entry, number] of numbers) table.set(entry, number);
    places.set(list, text);
  }
  return { ports: [...table.keys()], places };
}
