/** A service that all members export and import, as it is read once everything is written: what an `up` without changes decides on. */
import assert from "node:assert/strict";
import type { Endpoint, EndpointSlice, IPFamily, KubeObject, Service, ServiceImport } from "../../provider/mcs/api";
import { ANNOTATION } from "../../provider/mcs/marks";
import { withConditions } from "../../provider/mcs/merge/conditions";
import type { MemberService, View } from "../../provider/mcs/observed";
import { bindImport, bindSlice } from "../../provider/mcs/pending";
import type { Change } from "../../provider/reconcile/decide/change";
import { decide } from "../../provider/reconcile/decide/decide";
import type { Deciding } from "../../provider/reconcile/decide/deciding";
import { at, endpointSlice, KEY, OWNER, ownExport, service, view } from "./builders";
import { admit } from "./memory-services";

export interface SettledSize {
  /** All of them import. */
  readonly members: number;
  /** Of each exporter, 100 in a slice, as Kubernetes' own controller writes them. */
  readonly endpoints: number;
  /** @default all members */
  readonly exporters?: number;
}

export interface Settled {
  readonly views: readonly View[];
  readonly intent: Deciding["intent"];
}

export const DECIDED_AT = Date.UTC(2026, 0, 2);

export function settledViews({ members, endpoints, exporters = members }: SettledSize): Settled {
  const ids = Array.from({ length: members }, (_, n) => `member${String(n + 1).padStart(2, "0")}`);
  const exportFrom = ids.slice(0, exporters);
  const intent: Deciding["intent"] = {
    ...{ key: KEY, owner: OWNER, derivedName: "derived-serve", adopt: false, established: true },
    ...{ exportFrom, importTo: ids },
  };
  let views: readonly View[] = ids.map((id, n) =>
    view(id, {
      ...(n < exporters && {
        export: ownExport(n),
        service: service(),
        sourceSlices: sourceSlices(n, endpoints),
      }),
      ownAddresses: new Set(Array.from({ length: 1_000 }, (_, it) => clusterIP(n, it))),
    }),
  );
  // Objects, then statuses of what was made.
  for (let round = 0; round < 3; round++) {
    const { changes } = decide(views, intent, DECIDED_AT);
    if (changes.length === 0) return { views, intent };
    views = views.map((it) => written(it, changes));
  }
  return assert.fail("the third decision still writes");
}

/** The same, read again: equal objects, none of them the same. */
export function readAgain(views: readonly View[]): readonly View[] {
  return structuredClone(views);
}

const PER_SLICE = 100;

function sourceSlices(member: number, endpoints: number): readonly EndpointSlice[] {
  return Array.from({ length: Math.ceil(endpoints / PER_SLICE) }, (_, n) =>
    endpointSlice(
      Array.from({ length: Math.min(PER_SLICE, endpoints - n * PER_SLICE) }, (_, it) =>
        pod(member, n * PER_SLICE + it),
      ),
      { metadata: { name: `${KEY.name}-${String(n).padStart(5, "0")}`, namespace: KEY.namespace } },
    ),
  );
}

function pod(member: number, n: number): Endpoint {
  const name = `serve-6d4cf56db6-${n.toString(36).padStart(5, "0")}`;
  return {
    addresses: [`10.${member + 1}.${n >> 8}.${n & 255}`],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: `node-${n % 10}`,
    zone: `zone-${n % 3}`,
    targetRef: { kind: "Pod", namespace: KEY.namespace, name, uid: `0f5e2a1c-${member}-${n}` },
  };
}

function clusterIP(member: number, n: number): string {
  return `172.${16 + (member % 16)}.${n >> 8}.${n & 255}`;
}

/** As its API server would have it after these writes. */
function written(before: View, changes: readonly Change[]): View {
  if (before.state !== "read") return before;
  let it: MemberService = before.service;
  for (const change of changes.filter(({ member }) => member === before.id)) it = after(it, change);
  return view(before.id, it);
}

function after(it: MemberService, { verb, kind, object, status }: Change): MemberService {
  const clusterIPs = it.derived[0]?.spec.clusterIPs ?? [];
  if (verb === "status" && kind === "ServiceImport") return { ...it, import: withStatus(it.import!, status!) };
  if (verb === "status" && kind === "ServiceExport") return { ...it, export: withStatus(it.export!, status!) };
  switch (`${verb} ${kind}`) {
    case "create Service":
      return { ...it, derived: [stored(admit(object as Service, undefined, { families: it.families, allocate }))] };
    case "create ServiceImport":
      return { ...it, import: stored(bindImport(object as ServiceImport, clusterIPs)) };
    case "create EndpointSlice": {
      const { metadata } = stored(bindSlice(object as EndpointSlice, it.import!.metadata.uid!));
      const hash = metadata.annotations?.[ANNOTATION.contentHash];
      return { ...it, importedSlices: [...it.importedSlices, { object: { metadata }, hash }] };
    }
    default:
      return assert.fail(`nothing else is expected than ${verb} ${kind}`);
  }
}

function withStatus<T extends KubeObject>(object: T, { live, wanted, rest }: NonNullable<Change["status"]>): T {
  const conditions = withConditions(live, wanted, { now: at(0), generation: object.metadata.generation });
  return { ...object, status: { ...rest, conditions } };
}

function stored<T extends KubeObject>(object: T): T {
  const { name } = object.metadata;
  return {
    ...object,
    metadata: {
      ...object.metadata,
      uid: `uid-${name}`,
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: at(60),
    },
  };
}

function allocate(family: IPFamily): string {
  return family === "IPv4" ? "172.31.255.1" : "fd00:96::1";
}
