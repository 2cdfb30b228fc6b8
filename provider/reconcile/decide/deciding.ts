/** PURE. What is decided once, before anything is planned: who exports, what they agree on, and who cannot be read. All stages go by it. */
import { exportersOf, trusted } from "../../mcs/merge/exporters";
import type { Exporters } from "../../mcs/merge/exporters";
import { merge } from "../../mcs/merge/merge";
import type { Merged } from "../../mcs/merge/merge";
import type { MemberService, View } from "../../mcs/observed";
import { outagesOf } from "../../mcs/outage/outages";
import type { Outages } from "../../mcs/outage/outages";
import type { Intent } from "../intent";

export type Readable = { readonly id: string; readonly service: MemberService };

/** What each member is to do, decided once for all stages below. */
export interface Deciding {
  readonly intent: Intent & { readonly derivedName: string };
  readonly views: readonly View[];
  readonly exporters: Exporters;
  /** Of all exports: what the exports' conditions tell. */
  readonly merged: Merged | undefined;
  /** Of the exports this intent imports from. */
  readonly imported: Merged | undefined;
  /** Of the held members. */
  readonly outages: Outages;
}

/** @param now milliseconds since the epoch */
export function deciding(given: readonly View[], intent: Deciding["intent"], now: number): Deciding {
  const views = trusted(given, intent);
  const exporters = exportersOf(views, intent);
  const outages = outagesOf({
    held: exporters.held,
    policy: intent.unreachable ?? { do: "hold" },
    views,
    now,
    confirmed: intent.confirmed,
  });
  const sources = intent.sources;
  const chosen = sources ? exporters.constituents.filter((c) => sources.includes(c.cluster)) : exporters.constituents;
  return { intent, views, exporters, merged: merge(exporters.constituents), imported: merge(chosen), outages };
}
