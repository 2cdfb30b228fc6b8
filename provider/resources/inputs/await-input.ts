/** `await`: what an update waits for after the writes. */
import type { ServiceView } from "../../reconcile/intent";
import { shape } from "./input-fields";
import { own } from "./properties";
import { typeName, whole, type Rule } from "./rules";

export interface Await {
  readonly endpoints: number;
  readonly timeoutSeconds: number;
}

const given = shape({
  endpoints: { rule: whole(0, 100_000), fallback: 1 },
  timeoutSeconds: { rule: whole(1, 3600), fallback: 120 },
});

/** `true` and an absent value are the defaults; `false` is not to wait. */
export const awaitRule: Rule<unknown> = (value) => {
  if (value === false) return { value };
  if (value === true) return given({});
  if (typeof value === "object") return given(value);
  return { reason: `must be true, false or { endpoints, timeoutSeconds }, not ${typeName(value)}` };
};

export interface Wanted {
  readonly exportFrom: readonly string[];
  readonly importTo: readonly string[];
  /** Ready, in each importing member. */
  readonly endpoints: number;
}

/** What is still missing, a line a member; empty when the service works. Members that are skipped are not waited for. */
export function missing(view: ServiceView, { exportFrom, importTo, endpoints }: Wanted): readonly string[] {
  const takesPart = (id: string) => !Object.hasOwn(view.skipped, id);
  const exports = exportFrom.filter(takesPart).flatMap((id) => {
    const it = own(view.exports, id);
    if (it?.valid && it.ready) return [];
    const what = it?.valid ? "ready" : "valid";
    return [`cluster "${id}": the export is not ${what}: ${it?.messages.join("; ") || "it has no condition yet"}`];
  });
  const imports = importTo.filter(takesPart).flatMap((id) => {
    const it = own(view.imports, id);
    if (endpoints === 0 || (it && it.endpoints.ready >= endpoints)) return [];
    if (!it) return [`cluster "${id}": nothing to import yet: no member exports the service`];
    return [`cluster "${id}": Service ${it.derivedService} has ${it.endpoints.ready} of ${endpoints} ready endpoints`];
  });
  return [...exports, ...imports];
}
