/** The merged service + one importing cluster → the objects that cluster should hold. */
import type { EndpointSlice, IPFamily, Key, Service, ServiceImport } from "../api";
import type { WantedCondition } from "../merge/conditions";
import type { Contract } from "../merge/contract";
import { derivedService, mustBeReplaced } from "./derived-service";
import { importFamilies } from "../merge/ip-families";
import { listed } from "../quoting";
import type { ExporterEndpoints } from "./exporter-endpoints";
import { ANNOTATION, isHolder, isOurs } from "../marks";
import type { Owner } from "../marks";
import type { Merged } from "../merge/merge";
import type { MemberService } from "../observed";
import { PENDING } from "../pending";
import { completedImport, importReady, ownImport } from "./imported-service";
import { importedSlices } from "./imported-slices";
import { handWrittenTerms } from "./terms";
import type { Terms } from "./terms";

export interface ImportArgs extends Owner {
  readonly key: Key;
  readonly derivedName: string;
  readonly maxEndpoints: number;
  readonly merged: Merged;
  /** Those whose slices are imported, in order of precedence. */
  readonly exporters: readonly ExporterEndpoints[];
  /** Of `merged` and these exporters, made once for all importers. */
  readonly terms: Terms;
  /** Make a hand-written import ours. */
  readonly adopt: boolean;
}

/** What one importing cluster should hold. */
export interface DesiredImport {
  /** Absent where the cluster has none of the families, or a person's import asks for what no Service can be. */
  readonly derived: Service | undefined;
  readonly import: ServiceImport;
  readonly handWritten: boolean;
  readonly slices: readonly EndpointSlice[];
  readonly ready: WantedCondition;
}

export function deriveImport(
  member: { readonly id: string; readonly service: MemberService },
  args: ImportArgs,
): DesiredImport {
  const { key, merged, derivedName } = args;
  const live = member.service.import;
  const handWritten = live !== undefined && !isOurs(live) && !args.adopt;
  const terms = handWritten ? handWrittenTerms(live, merged, args.exporters) : args.terms;
  const liveDerived = liveDerivedService(member.service, args, derivedName);
  const families =
    terms.faults.length > 0
      ? []
      : importFamilies(merged.ipFamilies, member.service.families, primaryToKeep(liveDerived, terms.contract));

  const derived = families.length > 0 ? makeDerived({ ...args, families, terms, member, liveDerived }) : undefined;
  const ips = clusterIPsOf(derived, liveDerived, terms.contract);
  const { owner, ownedBy, place } = args;
  const importArgs = { key, owner, ownedBy, place, merged, derivedName, ips, families, live, liveDerived };
  return {
    derived,
    import: handWritten ? completedImport(live, importArgs) : ownImport(importArgs),
    handWritten,
    slices:
      families.length > 0
        ? deriveSlices({ ...args, families, terms, member, importUid: live?.metadata.uid ?? PENDING })
        : [],
    ready: readyCondition({ families, merged, member, terms }),
  };
}

/** The derived Service that is ours, under the wanted name. */
export function liveDerivedService(service: MemberService, whose: Whose, derivedName: string): Service | undefined {
  return service.derived.find((candidate) => candidate.metadata.name === derivedName && standsFor(candidate, whose));
}

interface Whose extends Owner {
  readonly key: Key;
}

/** By the import it names, or by our owner on it: whoever edits the one does not make it somebody else's. */
export function standsFor(candidate: Service, whose: Whose): boolean {
  const { namespace, name } = whose.key;
  const named = candidate.metadata.annotations?.[ANNOTATION.importRef] === `${namespace}/${name}`;
  return isOurs(candidate) && (named || isHolder(whose, candidate));
}

/** A headless flip makes the Service anew, which frees the choice of the primary family. */
function primaryToKeep(live: Service | undefined, contract: Contract): IPFamily | undefined {
  const flips = live !== undefined && (live.spec.clusterIP === "None") !== (contract.type === "Headless");
  return flips ? undefined : live?.spec.ipFamilies?.[0];
}

type Deriving = ImportArgs & { readonly families: readonly IPFamily[]; readonly terms: Terms };

function makeDerived(
  args: Deriving & { readonly member: { readonly service: MemberService }; readonly liveDerived: Service | undefined },
): Service {
  const { key, owner, ownedBy, place, derivedName: name, merged, families, terms, member, liveDerived } = args;
  const common = {
    key,
    name,
    owner,
    ownedBy,
    place,
    contract: terms.contract,
    exported: merged,
    families,
    version: member.service.release,
    liveImport: member.service.import,
  };
  const kept = derivedService({ ...common, live: liveDerived });
  if (liveDerived && !mustBeReplaced(liveDerived, kept)) return kept;
  const anew = derivedService({ ...common, live: undefined });
  // Under another name the service stands beside the old one for a moment, which has the address: it gets one of its own.
  const moves = member.service.derived.some((s) => s.metadata.name !== name && standsFor(s, args));
  return moves ? anew : { ...anew, spec: { ...addressToKeep(member.service.import, anew), ...anew.spec } };
}

/**
 * A clusterset IP does not change while the import lives (KEP-1645, ClusterSetIP): a Service that has to be made anew asks for the addresses
 * that the import tells its consumers, as far as their families stay.
 */
function addressToKeep(live: ServiceImport | undefined, { spec }: Service): Partial<Service["spec"]> {
  const { ips = [], ipFamilies = [] } = live?.spec ?? {};
  const wanted = (spec.ipFamilies ?? []).map((family) => ips[ipFamilies.indexOf(family)]);
  // The server fills in a missing second address, but takes none without the first.
  const known = wanted.slice(0, wanted.includes(undefined) ? wanted.indexOf(undefined) : wanted.length);
  const clusterIPs = known.filter((ip) => ip !== undefined && ip !== PENDING) as readonly string[];
  return clusterIPs.length > 0 ? { clusterIP: clusterIPs[0], clusterIPs } : {};
}

function clusterIPsOf(derived: Service | undefined, live: Service | undefined, contract: Contract): readonly string[] {
  if (!derived || contract.type === "Headless") return [];
  const wanted = derived.spec.ipFamilies?.length ?? 0;
  const given = (mustBeMade(derived, live) ? derived.spec.clusterIPs : live?.spec.clusterIPs) ?? [];
  return given.length >= wanted ? given.slice(0, wanted) : [PENDING];
}

function mustBeMade(derived: Service, live: Service | undefined): boolean {
  return !live || mustBeReplaced(live, derived);
}

interface Importer {
  readonly id: string;
  readonly service: MemberService;
}

function deriveSlices(
  args: Deriving & { readonly importUid: string; readonly member: Importer },
): readonly EndpointSlice[] {
  const { key, owner, derivedName, importUid, families, maxEndpoints, terms, member } = args;
  const { type, trafficDistribution } = terms.contract;
  const headless = type === "Headless";
  const target = { key, derivedName, importUid, families, headless, trafficDistribution, maxEndpoints, owner };
  return terms.supplies.flatMap((supply) => importedSlices(supply, member, target));
}

function readyCondition(args: {
  readonly families: readonly IPFamily[];
  readonly merged: Merged;
  readonly member: { readonly service: MemberService };
  readonly terms: Terms;
}): WantedCondition {
  const { families, merged, member, terms } = args;
  const { unserved, faults } = terms;
  if (faults.length > 0) return importReady.pending(`no Service can be made for this import: ${listed(faults)}`);
  if (families.length === 0) {
    return importReady.noFamily(
      `the service is ${merged.ipFamilies.join(",")}, this cluster has ${member.service.families.join(",") || "no family"}`,
    );
  }
  if (unserved.length > 0) return importReady.pending(`no exporting cluster serves ${unserved.join(", ")}`);
  return importReady.ready("");
}
