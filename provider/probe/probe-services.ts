/** The servers of a probe as multi-cluster services: exported and imported by the pipeline that is proved with them. */
import type { Finding, Intent, ServiceView } from "../reconcile/intent";
import { destroy } from "../reconcile/destroy";
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

/** Resolves when every importer has an endpoint, or time is up. */
export async function serve(fleet: Fleet, service: ServedService, clock: Clock, ms: number): Promise<Served> {
  let served: Served = { problems: [] };
  const isServed = async () => {
    served = await oneRound(fleet, service);
    const { view } = served;
    return view === undefined || service.importers.every((id) => (view.imports[id]?.endpoints.ready ?? 0) > 0);
  };
  await lookUntil(clock, ms, isServed);
  return served;
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
    const { failures } = await destroy(fleet, intentOf(service));
    return messages(failures);
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return messages(error.problems);
  }
}

function messages(findings: readonly Finding[]): readonly string[] {
  return [...new Set(findings.map(({ message }) => message))];
}
