/** The handlers that Pulumi calls, configured for real clusters behind proxies that count and break, and what they said. */
import { connect } from "../../provider/kube/connect";
import { createFleet, type Fleet } from "../../provider/reconcile/observe/fleet";
import type { Patience } from "../../provider/reconcile/observe/patience";
import type { Line } from "../../provider/resources/display/engine-log";
import type { Properties } from "../../provider/resources/inputs/properties";
import { parseSettings, type Settings } from "../../provider/resources/inputs/settings";
import { useContext } from "../../provider/resources/process/context";
import type { RoleName } from "../../common/member-roles";
import { ApiError } from "../controlplane/admin";
import { type MemberOptions, type RunningMember, startClusters } from "../controlplane/clusters";
import { waitFor } from "../controlplane/wait";
import { accountRights } from "../support/account-rights";
import { type Passage, startProxy } from "../support/proxy";

export const IDS = ["member1", "member2"] as const;
export const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
export const CRD_NAMES = ["serviceexports.multicluster.x-k8s.io", "serviceimports.multicluster.x-k8s.io"] as const;

export interface PluginOptions {
  /** Members whose ranges the program does not give: their clusters are asked. @default none */
  readonly learning?: readonly string[];
  /** @default as in a process of Pulumi */
  readonly patience?: Patience;
}

export interface PluginProcess {
  /** What was said and stays. */
  said(): readonly string[];
  /** Those of them that are warnings. */
  warnings(): readonly string[];
  /** What could have changed something since it began. */
  writes(): readonly Passage[];
}

export type HandlersStage = Awaited<ReturnType<typeof startStage>>;

export async function startStage(members: readonly MemberOptions[] = IDS.map((id) => ({ id }))) {
  const ids = members.map(({ id }) => id);
  const clusters = await startClusters({ members });
  const all = Object.values(clusters.members);
  const proxies = Object.fromEntries(
    await Promise.all(all.map(async ({ id, kubeconfig }) => [id, await startProxy(kubeconfig)] as const)),
  );
  const rights = Object.fromEntries(
    all.map((one) => [one.id, accountRights(one, /token: (\S+)/.exec(one.kubeconfig)?.[1] ?? "")]),
  );
  const fleets: Fleet[] = [];
  const api = (id: string): RunningMember["api"] => clusters.members[id]!.api;

  return {
    api,
    proxies,
    rights,
    /** The members' accounts have these shipped roles and no others. */
    grant: (...roles: RoleName[]) => Promise.all(ids.map((id) => rights[id]!.grant(...roles))),

    /** A plugin process of its own: nothing is remembered from the ones before. */
    plugin(
      change: Partial<Settings> = {},
      preview = false,
      { learning = [], patience }: PluginOptions = {},
    ): PluginProcess {
      const fleet = createFleet({
        ids,
        connect: (id) => connect({ id, kubeconfig: proxies[id]!.kubeconfig, timeoutSeconds: 10 }),
        clock: Date.now,
        ...(patience && { patience }),
      });
      fleets.push(fleet);
      const lines: Line[] = [];
      useContext({
        set: {
          clusters: ids.map((id) => {
            const { podCIDRs, serviceCIDRs } = clusters.members[id]!;
            const given = learning.includes(id) ? {} : { podCIDRs, serviceCIDRs };
            return { id, inCluster: false, labels: {}, role: "both", leaving: false, ...given };
          }),
          failures: [],
        },
        settings: { ...parseSettings(undefined), ...change },
        members: new Map(ids.map((id) => [id, { labels: {}, role: "both", leaving: false }])),
        fleet,
        log: { write: async (line) => void lines.push(line) },
        pass: { is: preview ? "preview" : "real" },
      });
      for (const proxy of Object.values(proxies)) proxy.passages.length = 0;
      const staying = () => lines.filter((line) => !line.ephemeral);
      return {
        said: () => staying().map(({ message }) => message),
        warnings: () => staying().flatMap(({ severity, message }) => (severity === "warning" ? [message] : [])),
        writes: () => Object.values(proxies).flatMap((proxy) => proxy.writes()),
      };
    },

    /** As the administrator, with everything that is in them. */
    async removeCrds(): Promise<void> {
      for (const id of ids) {
        for (const name of CRD_NAMES) {
          await api(id)("DELETE", `${CRDS}/${name}`).catch(ifAbsent);
          const isGone = () => api(id)("GET", `${CRDS}/${name}`).then(() => undefined, ifAbsent);
          await waitFor(`CRD ${name} to be gone from ${id}`, isGone);
        }
      }
    },

    /** After each test. */
    async endProcesses(): Promise<void> {
      useContext(undefined);
      await Promise.all(fleets.splice(0).map((one) => one.close()));
    },

    async stop(): Promise<void> {
      await Promise.all(Object.values(rights).map((one) => one.close()));
      await Promise.all(Object.values(proxies).map((one) => one.close()));
      await clusters.stop();
    },
  };
}

/** True for "there is none". */
function ifAbsent(error: unknown): true {
  if (error instanceof ApiError && error.status === 404) return true;
  throw error;
}

/** Inputs of the clusterset `prod`. */
export function clusterSet(change: Properties = {}): Properties {
  return {
    resourceUrn: "urn:pulumi:dev::shop::pulumi-mcs:ClusterSetMembership::prod",
    name: "prod",
    clusters: { member1: { source: "kubeconfig" }, member2: { source: "kubeconfig" } },
    ...change,
  };
}
