/** What went to the members' API servers: by verb and kind, and how many round trips of it one after the other. */
import { isWrite } from "../../tests/support/proxy";
import type { Exchange } from "../../tests/support/exchange";
import type { Traffic } from "../setting/members";

export interface TrafficRow {
  /** As RBAC has it, and "dry run" where nothing is kept. */
  readonly verb: string;
  /** Resource, with its subresource, e.g. "serviceexports/status". */
  readonly kind: string;
  /** Of all members together. */
  readonly requests: number;
  readonly sentKiB: number;
  readonly receivedKiB: number;
}

const VERBS: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" };
const KIB = 1024;

/** Most bytes first. */
export function byVerbAndKind(traffic: Traffic): readonly TrafficRow[] {
  const all = Object.values(traffic).flat();
  const groups = Map.groupBy(all, (one) => `${verbOf(one)} ${kindOf(one.path)}`);
  return [...groups.values()]
    .map((of) => ({
      verb: verbOf(of[0]!),
      kind: kindOf(of[0]!.path),
      requests: of.length,
      sentKiB: sum(of, ({ sent }) => sent) / KIB,
      receivedKiB: sum(of, ({ received }) => received) / KIB,
    }))
    .sort((a, b) => b.sentKiB + b.receivedKiB - a.sentKiB - a.receivedKiB);
}

export function verbOf({ method, path, query }: Pick<Exchange, "method" | "path" | "query">): string {
  if (method === "GET") {
    if (query.get("watch")) return "watch";
    return resourceOf(path).name === undefined ? "list" : "get";
  }
  return `${VERBS[method] ?? method}${query.get("dryRun") === null ? "" : " (dry run)"}`;
}

/** "version" and such for what is no resource. */
export function kindOf(path: string): string {
  const { resource, subresource } = resourceOf(path);
  return subresource === undefined ? resource : `${resource}/${subresource}`;
}

interface Resource {
  readonly resource: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** `/api/v1/namespaces/x/services/y/status`, `/apis/<group>/<version>/…`; `/api/v1/namespaces/x` is a namespace by its name. */
function resourceOf(path: string): Resource {
  const parts = path.split("/").filter(Boolean);
  const rest = parts[0] === "api" ? parts.slice(2) : parts[0] === "apis" ? parts.slice(3) : [];
  if (rest.length === 0) return { resource: parts.join("/"), name: "" };
  const [resource = "", name, subresource] = rest[0] === "namespaces" && rest.length > 2 ? rest.slice(2) : rest;
  return { resource, ...(name !== undefined && { name }), ...(subresource !== undefined && { subresource }) };
}

export interface MemberCosts {
  /** Each of the member for which it is the most. */
  readonly requests: number;
  readonly watches: number;
  readonly writes: number;
  /** Of all members together, on the wire. */
  readonly sentKiB: number;
  readonly receivedKiB: number;
}

export function costsOf(traffic: Traffic): MemberCosts {
  const members = Object.values(traffic);
  const all = members.flat();
  return {
    requests: Math.max(0, ...members.map((of) => of.length)),
    watches: Math.max(0, ...members.map((of) => of.filter((one) => verbOf(one) === "watch").length)),
    writes: Math.max(0, ...members.map((of) => of.filter(isWrite).length)),
    sentKiB: sum(all, ({ sent }) => sent) / KIB,
    receivedKiB: sum(all, ({ received }) => received) / KIB,
  };
}

/**
 * The longest row of requests of which each began after the one before it had been answered: at least so many round trips an operation waits for
 * where each takes long beside everything else. Watches are left out: nobody waits for their end.
 */
export function roundTripsInARow(traffic: Traffic): number {
  const answered = Object.values(traffic)
    .flat()
    .filter((one) => verbOf(one) !== "watch")
    .sort((a, b) => a.ended - b.ended);
  let row = 0;
  let end = -Infinity;
  for (const one of answered) {
    if (one.begun < end) continue;
    row += 1;
    end = one.ended;
  }
  return row;
}

function sum<T>(of: readonly T[], value: (one: T) => number): number {
  return of.reduce((total, one) => total + value(one), 0);
}
