/** What each service looks like, for metrics of single exports and imports: by its last pass, and never more than a limit of them. */
import { keyText } from "../../mcs/object-key";
import type { Key } from "../../mcs/api";
import type { ServiceView } from "../../reconcile/intent";

export interface ServiceSeries {
  /** After a pass; undefined views change nothing: what cannot be told is not gone. */
  passed(key: Key, view: ServiceView | undefined): void;
  /** Those that have metrics, and how many more there are. */
  told(): { readonly services: readonly { readonly key: Key; readonly view: ServiceView }[]; readonly more: number };
}

/** @param max services that have metrics of their own: of more, the first that came keep theirs */
export function serviceSeries(max: number): ServiceSeries {
  const views = new Map<string, { readonly key: Key; readonly view: ServiceView }>();
  return {
    passed(key, view) {
      if (view === undefined || view.allUnreadable) return;
      const text = keyText(key);
      const isGone = Object.keys(view.exports).length + Object.keys(view.imports).length === 0;
      if (isGone && view.unreadableMembers.length === 0) views.delete(text);
      else views.set(text, { key, view });
    },
    told() {
      const all = [...views.values()];
      return { services: all.slice(0, max), more: Math.max(0, all.length - max) };
    },
  };
}
