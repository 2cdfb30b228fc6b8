/** The ServiceImport of one importing cluster: one that we make, and one that a person wrote and we only complete (KEP-1645, Service Import). */
import type { IPFamily, Key, Service, ServiceImport, ServiceImportSpec, ServiceImportStatus } from "../api";
import { withConditions } from "../merge/conditions";
import type { WantedCondition } from "../merge/conditions";
import { memoryText } from "../merge/remembered-constituents";
import type { Contract } from "../merge/contract";
import { withExported } from "../merge/exported-metadata";
import { ANNOTATION, isOurs, LABEL, ownerAnnotations } from "../marks";
import type { Owner } from "../marks";
import type { Merged } from "../merge/merge";

export interface ImportArgs extends Owner {
  readonly key: Key;
  readonly merged: Merged;
  readonly derivedName: string;
  /** Cluster IPs of the derived Service in the order of `families`; empty for Headless. */
  readonly ips: readonly string[];
  readonly families: readonly IPFamily[];
  readonly live: ServiceImport | undefined;
  /** Of the derived Service, as it is. @default it is not there */
  readonly liveDerived?: Service;
}

export function ownImport(args: ImportArgs): ServiceImport {
  const { key, merged, live, derivedName } = args;
  return {
    apiVersion: "multicluster.x-k8s.io/v1beta1",
    kind: "ServiceImport",
    metadata: {
      ...live?.metadata,
      name: key.name,
      namespace: key.namespace,
      ...withExported(
        live,
        merged,
        {
          labels: { [LABEL.managed]: "true" },
          annotations: {
            ...ownerAnnotations(args, live),
            [ANNOTATION.derivedService]: derivedName,
            [ANNOTATION.constituents]: memoryText(live, merged.constituents),
          },
        },
        args.liveDerived,
      ),
    },
    spec: importSpec(merged, args),
    ...(live?.status && { status: live.status }),
  };
}

function importSpec(contract: Contract, { ips, families }: Pick<ImportArgs, "ips" | "families">): ServiceImportSpec {
  return {
    type: contract.type,
    ports: contract.ports,
    ...(ips.length > 0 && { ips }),
    ipFamilies: families,
    sessionAffinity: contract.sessionAffinity,
    ...(contract.sessionAffinityConfig && { sessionAffinityConfig: contract.sessionAffinityConfig }),
    internalTrafficPolicy: contract.internalTrafficPolicy,
    ...(contract.trafficDistribution && { trafficDistribution: contract.trafficDistribution }),
  };
}

/** A person's import keeps its ports, affinity, policies and type; addresses and families are what only we can know. */
export function completedImport(live: ServiceImport, args: Omit<ImportArgs, "live" | "key">): ServiceImport {
  const { ips, ...rest } = live.spec;
  void ips;
  return {
    ...live,
    metadata: {
      ...live.metadata,
      annotations: {
        ...live.metadata.annotations,
        [ANNOTATION.derivedService]: args.derivedName,
        [ANNOTATION.constituents]: memoryText(live, args.merged.constituents),
        [ANNOTATION.honouredBy]: args.owner,
      },
    },
    spec: { ...rest, ...(args.ips.length > 0 && { ips: args.ips }), ipFamilies: args.families },
  };
}

/** A person's import that this owner completed. One that another implementation or a person made in its place tells nothing of it. */
export function isHonoured(live: ServiceImport, owner: string): boolean {
  return !isOurs(live) && live.metadata.annotations?.[ANNOTATION.honouredBy] === owner;
}

/** What `completedImport` wrote, taken off again: a person's import goes back to what the person said. */
export function releasedImport(live: ServiceImport): ServiceImport {
  const { ips, ipFamilies, ...spec } = live.spec;
  void [ips, ipFamilies];
  const {
    [ANNOTATION.derivedService]: derived,
    [ANNOTATION.constituents]: memory,
    [ANNOTATION.unreachable]: outages,
    [ANNOTATION.honouredBy]: honourer,
    ...annotations
  } = {
    ...live.metadata.annotations,
  };
  void [derived, memory, outages, honourer];
  return { ...live, metadata: { ...live.metadata, annotations }, spec };
}

export interface ImportStatusArgs {
  readonly merged: Merged;
  readonly ready: WantedCondition;
  readonly slices: number;
  readonly live: ServiceImport | undefined;
  readonly generation: number | undefined;
  readonly now: string;
}

export function importStatus({ merged, ready, slices, live, generation, now }: ImportStatusArgs): ServiceImportStatus {
  return {
    clusters: merged.constituents.map(({ cluster }) => ({ cluster })).sort((a, b) => (a.cluster < b.cluster ? -1 : 1)),
    conditions: withConditions(live?.status?.conditions ?? [], [ready], { now, generation }),
    endpointSliceObjects: slices > 0 ? "Present" : "Absent",
  };
}

export const importReady = {
  ready: (message: string): WantedCondition => ({ type: "Ready", status: "True", reason: "Ready", message }),
  pending: (message: string): WantedCondition => ({ type: "Ready", status: "False", reason: "Pending", message }),
  noFamily: (message: string): WantedCondition => ({
    type: "Ready",
    status: "False",
    reason: "IPFamilyNotSupported",
    message,
  }),
};
