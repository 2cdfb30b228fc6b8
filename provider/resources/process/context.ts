/** What the handlers of one plugin process share: the clusterset they were configured with, its connections, its preflight, the log. */
import { connect } from "../../kube/connect";
import { createFleet, type Fleet } from "../../reconcile/observe/fleet";
import { patienceOf } from "../../reconcile/observe/patience";
import { parseClusters, type Clusters } from "../inputs/cluster-configs";
import { engineLog, type EngineLog } from "../display/engine-log";
import { Refusal } from "../display/failure";
import { currentPass, engineFlag, type Pass } from "./pass";
import { guarded } from "./preview-guard";
import type { MembersById } from "../inputs/member-selection";
import { parseSettings, type Settings } from "../inputs/settings";

export interface Context {
  readonly set: Clusters;
  readonly settings: Settings;
  /** What a selector of a service can stand for. */
  readonly members: MembersById;
  /** Ids of the members that are not leaving, sorted; undefined where none is. */
  readonly staying?: readonly string[];
  readonly fleet: Fleet;
  readonly log: EngineLog;
  /** What `read` may do. */
  readonly pass: Pass;
  /** Ctrl-C was pressed: what only waits ends, and says so. @default nobody can tell it */
  readonly cancelled?: AbortSignal;
  /** `--continue-on-error` is in force, as far as can be seen. @default false */
  readonly continuesOnError?: boolean;
}

/** As the SDK hands it over. */
export interface ConfigureRequest {
  readonly config: { get(key: string): string | undefined };
}

export const NO_CLUSTERSET =
  "belongs to no clusterset; make one with new mcs.ClusterSet(…) and pass it as the argument clusterSet, which also brings the provider";

let current: { readonly config: string; readonly context: Context } | undefined;

/**
 * Called once by the SDK for each kind of resource; one process serves one provider instance, so all bring the same configuration.
 * Synchronous: the SDK does not make a second call wait for the first one's `configure`.
 */
export function configure({ config }: ConfigureRequest): void {
  const clusters = config.get("mcs:clusters");
  const settings = config.get("mcs:settings");
  if (clusters === undefined) return;
  const whole = JSON.stringify([clusters, settings]);
  if (current?.config === whole) return;
  current = { config: whole, context: createContext({ clusters, settings }) };
}

/** What a process of our plugin is configured with. */
export interface Configuration {
  /** Cluster id → cluster, as JSON text. */
  readonly clusters: string;
  /** JSON text. */
  readonly settings?: string;
  readonly log: EngineLog;
  readonly cancelled: AbortSignal;
}

/** As `configure`, for our plugin: each configuration begins anew, also in a process that the engine only attached to. */
export function configureWith(configuration: Configuration): void {
  useContext(createContext(configuration));
}

/** Undefined where the resource uses a provider that no ClusterSet made. */
export function configured(): Context | undefined {
  return current?.context;
}

/** As `configured`, for methods that cannot go on without. */
export function context(): Context {
  if (!current) throw new Refusal(`the resource ${NO_CLUSTERSET}`);
  return current.context;
}

/** For tests: the next `configure` begins anew, or the given context serves. */
export function useContext(given: Context | undefined): void {
  current = given && { config: "", context: given };
}

function createContext({
  clusters,
  settings,
  log = engineLog(),
  cancelled,
}: Pick<Configuration, "clusters" | "settings"> & Partial<Configuration>): Context {
  const set = parseClusters(clusters);
  const byId = new Map(set.clusters.map((cluster) => [cluster.id, cluster]));
  const chosen = parseSettings(settings);
  const fleet = createFleet({
    ids: [...byId.keys()],
    connect: async (id) =>
      guarded(await connect({ ...byId.get(id), id, timeoutSeconds: chosen.requestTimeoutSeconds })),
    clock: Date.now,
    patience: patienceOf(chosen.requestTimeoutSeconds),
    ranges: (id) => byId.get(id),
  });
  return {
    set,
    settings: chosen,
    members: byId,
    ...(set.clusters.some(({ leaving }) => leaving) && {
      staying: set.clusters.filter(({ leaving }) => !leaving).map(({ id }) => id),
    }),
    fleet,
    log,
    ...(cancelled && { cancelled }),
    pass: currentPass(),
    continuesOnError: engineFlag("continue-on-error") === true,
  };
}
