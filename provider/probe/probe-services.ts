/** The servers of a probe as multi-cluster services: exported and imported by the pipeline that is proved with them. */
import type { Finding, Intent, ServiceView } from "../reconcile/intent";
import { withoutRoles } from "../reconcile/destroy";
import type { Fleet } from "../reconcile/observe/fleet";
import { ProblemsError, reconcile } from "../reconcile/reconcile";
import { lookUntil, type Clock } from "../reconcile/waiting";
import { ownerOf } from "./probe-objects";

export interface Served {
  /** As imported; absent where nothing could be written. */
  readonly view?: ServiceView;
  /** Why not everything is as it should be, each with its member. */
  readonly problems: readonly string[];
}

export interface ServedService {
  readonly run: string;
  readonly namespace: string;
  readonly name: string;
  readonly exporter: string;
  readonly importers: readonly string[];
}

export function intentOf({ run, namespace, name, exporter, importers }: ServedService): Intent {
  return {
    key: { namespace, name },
    owner: ownerOf(run),
    ownedBy: `pulumi-mcs probe ${run}`,
    exportFrom: [exporter],
    importTo: [...importers].sort(),
    sources: [exporter],
    adopt: false,
  };
}

/** Resolves when every importer has an endpoint, or time is up: then the problems say who has none. */
export async function serve(fleet: Fleet, service: ServedService, clock: Clock, ms: number): Promise<Served> {
  let served: Served = { problems: [] };
  const isServed = async () => {
    served = await oneRound(fleet, service);
    return served.view === undefined || without(served.view, service).length === 0;
  };
  await lookUntil(clock, ms, isServed);
  if (served.view === undefined || served.problems.length > 0) return served;
  const late = without(served.view, service).map(
    (id) =>
      `${id}: no endpoint of ${service.namespace}/${service.name} came from ${service.exporter} within ${Math.round(ms / 1_000)} s: look there whether kube-controller-manager writes its EndpointSlices`,
  );
  return { ...served, problems: late };
}

/** Importers without an endpoint. */
function without(view: ServiceView, { importers }: ServedService): readonly string[] {
  return importers.filter((id) => (view.imports[id]?.endpoints.ready ?? 0) === 0);
}

async function oneRound(fleet: Fleet, service: ServedService): Promise<Served> {
  try {
    const { view, failures } = await reconcile(fleet, intentOf(service), fleet.clock());
    return { view, problems: messages(failures) };
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return { problems: messages(error.problems) };
  }
}

/** Takes it away again. @returns what is left, and where */
export async function unserve(fleet: Fleet, service: ServedService): Promise<readonly string[]> {
  try {
    const { failures, view } = await reconcile(fleet, withoutRoles(intentOf(service)), fleet.clock());
    const roles = [service.exporter, ...service.importers];
    const unread = view.unreadableMembers.filter((id) => roles.includes(id));
    const what = `what the probe made there of ${service.namespace}/${service.name} is left, and a later probe removes it`;
    const left = unread.map((id) => `${view.skipped[id] ?? id}; ${what}`);
    return [...messages(failures), ...left];
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return messages(error.problems);
  }
}

function messages(findings: readonly Finding[]): readonly string[] {
  return [...new Set(findings.map(({ message }) => message))];
}
