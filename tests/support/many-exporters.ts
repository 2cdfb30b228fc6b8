/** Exporters of one service in numbers, each with as many ports as one may have: what a memory must hold. */
import type { ImportPort } from "../../provider/mcs/api";
import { PORTS_MAX } from "../../provider/mcs/limits";
import type { Constituent } from "../../provider/mcs/merge/offer";
import { constituent } from "./builders";

/** As long as PORTS_MAX_BYTES lets 250 of them be. */
const APP = `${"a".repeat(30)}.example.org/x`;

export function longPorts(of: string, count = PORTS_MAX, appProtocol = APP, before = 0): readonly ImportPort[] {
  // In the order of their names, as an offer has them.
  return Array.from({ length: count }, (_, n) => ({
    name: `${of}-${String(n).padStart(3, "0")}`,
    protocol: "TCP",
    port: before + n + 1,
    appProtocol,
  }));
}

/** Ids as long as they may be, the oldest first. */
export function manyExporters(count: number, ports: (at: number) => readonly ImportPort[]): readonly Constituent[] {
  return Array.from({ length: count }, (_, at) => constituent(idOf(at), at, { ports: ports(at) }));
}

export function idOf(at: number): string {
  return `c${String(at).padStart(3, "0")}-${"m".repeat(58)}`;
}
