/** What `gc` shows before it asks. */
import { oneLine } from "../../mcs/printable";
import type { Garbage, GarbageOptions, Removal } from "../../reconcile/gc/garbage";
import { nameOf } from "../../reconcile/overview/marked-objects";
import { keeperOf, keeperText } from "../../reconcile/overview/keeper";
import { orphanText } from "../status/status-findings";

/** `member2: EndpointSlice default/imported-member1-… (shop/dev)`. */
export function removalText({ member, kind, object }: Removal): string {
  return oneLine(`${member}: ${kind} ${nameOf(object)} (${keeperText(keeperOf(object))})`);
}

export function removalJson({ member, kind, object: { metadata }, reason }: Removal): object {
  const { namespace, name, uid } = metadata;
  return { member, kind, namespace, name, uid: uid ?? null, reason };
}

export function garbageLines(
  { removals, perhaps, staying }: Garbage,
  unreadable: readonly string[],
  { owner }: GarbageOptions,
): string {
  const none =
    owner === undefined
      ? "There is nothing that is certainly left over."
      : `No object in the members that could be read carries the mark of owner ${owner}.`;
  return [
    ...(removals.length === 0 ? [none] : ["To be removed:"]),
    ...removals.map((removal) => `  ${removalText(removal)}: ${removal.reason}`),
    ...(staying.length > 0 ? ["To stay:", ...staying.map((text) => `  ${text}`)] : []),
    ...(perhaps.length > 0
      ? [
          "Perhaps left over, and not removed: a stack that lives would keep it or put it right. Where you know that its owner is gone, name it with --owner:",
          ...perhaps.map((orphan) => `  ${orphanText(orphan)}`),
        ]
      : []),
    ...unreadable.map((why) => `Not known, and left as it is: ${why}`),
  ]
    .map((text) => oneLine(text))
    .join("\n");
}
