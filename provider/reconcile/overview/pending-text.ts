/** PURE. What is behind in importing and exporting members, one line a thing, for people. */
import { ANNOTATION } from "../../mcs/marks";
import type { Change } from "../decide/change";
import type { SourceOverview } from "./imported-sources";
import type { EndpointCount } from "./recorded-endpoints";

/** Fields of one object that are told. */
const FIELDS_SHOWN = 2;

/** @param ownerIn who puts it right in that member, where that is clear */
export function pendingText(
  changes: readonly Change[],
  imports: readonly { readonly member: string; readonly sources: readonly SourceOverview[] | null }[],
  ownerIn: (member: string) => string | undefined,
): readonly string[] {
  const wayOut = (member: string) => {
    const owner = ownerIn(member);
    return owner === undefined ? "the next pulumi up puts it right" : `the next pulumi up of ${owner} puts it right`;
  };
  const slices = imports.flatMap(({ member, sources }) =>
    (sources ?? [])
      .filter(({ state }) => state === "behind")
      .map(
        ({ cluster, endpoints, offered }) =>
          `${member}: behind ${cluster || "its source"}: ${countText(endpoints)} here, ` +
          `${offered ? countText(offered) : "none"} there: ${wayOut(member)}`,
      ),
  );
  const others = changes
    .filter(({ kind }) => kind !== "EndpointSlice")
    .map((change) => `${change.member}: ${changeText(change)}: ${wayOut(change.member)}`);
  return [...slices, ...others];
}

/** "2/3": ready, and all; "?" where that cannot be told. */
export function countText(count: EndpointCount | null): string {
  return count === null ? "?" : `${count.ready}/${count.total}`;
}

function changeText({ verb, kind, object, fields }: Change): string {
  const name = `${kind} ${object.metadata.name}`;
  switch (verb) {
    case "create":
      return `${name} is missing`;
    case "remove":
      return `${name} is not wanted any more`;
    case "status":
      return `the status of ${name} is behind`;
    case "update":
    case "replace": {
      const telling = fields.filter((field) => !field.includes(ANNOTATION.constituents));
      if (telling.length === 0) return `${name} remembers other exporters`;
      const more = telling.length - FIELDS_SHOWN;
      return `${name}: ${telling.slice(0, FIELDS_SHOWN).join("; ")}${more > 0 ? `; ${more} more` : ""}`;
    }
  }
}
