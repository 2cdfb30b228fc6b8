/** Which server block answers for a zone: names of zones as CoreDNS compares them, and its choice among blocks. */
import type { Token } from "./corefile-tokens";
import type { ServerBlock } from "./server-blocks";

/** A server block's key, e.g. `dns://cluster.local:1053`. */
export interface ZoneKey {
  /** Lower case, without a dot at the end; "" is the root, which a Corefile writes as `.`. */
  readonly zone: string;
  /** As written, e.g. ":1053"; "" where there is none: CoreDNS then takes 53, or what it was started with. */
  readonly port: string;
}

/** Undefined for keys of other transports than plain DNS, which pods do not use, and for what is no zone. */
export function zoneKeyOf({ text }: Token): ZoneKey | undefined {
  const [, transport = "dns", zone, port = ""] = /^(?:([a-z0-9]+):\/\/)?([^:/]+)(:\d+)?$/i.exec(text) ?? [];
  return zone === undefined || transport !== "dns" ? undefined : { zone: zoneName(zone), port };
}

/** As a zone is compared. */
export function zoneName(text: string): string {
  return text.toLowerCase().replace(/\.$/, "");
}

/** A zone of addresses: CoreDNS looks up no names in it. */
export function isReverse(zone: string): boolean {
  return /(^|\.)(in-addr|ip6)\.arpa$/.test(zoneName(zone)) || zone.includes("/");
}

/** A value of the environment of CoreDNS's pod, which nobody sees from outside. */
export function isFromEnvironment({ text }: Token): boolean {
  return /\{[$%]/.test(text);
}

/** The zone itself or one that it is a part of. */
function covers(outer: string, zone: string): boolean {
  return outer === "" || outer === zone || zone.endsWith(`.${outer}`);
}

/** The block whose key is the longest of those that cover the zone, on that port; undefined where none does. */
export function answering(
  blocks: readonly ServerBlock[],
  zone: string,
  port: string,
): { readonly block: ServerBlock; readonly key: string } | undefined {
  const candidates = blocks.flatMap((block) =>
    block.keys.flatMap((token) => {
      const key = zoneKeyOf(token);
      return key !== undefined && portNumber(key.port) === portNumber(port) && covers(key.zone, zone)
        ? [{ block, key: key.zone }]
        : [];
    }),
  );
  return candidates.sort((a, b) => b.key.length - a.key.length)[0];
}

function portNumber(port: string): string {
  return port === "" ? ":53" : port;
}
