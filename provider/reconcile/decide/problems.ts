/** PURE. What stands in the way of an intent: problems stop everything before the first write, failures and warnings only concern their member. */
import type { KubeObject } from "../../mcs/api";
import { standsFor } from "../../mcs/derive/derive";
import { ANNOTATION, hasNameOf, isHolder, isOurs, ownerOf, ownerText } from "../../mcs/marks";
import type { MemberService } from "../../mcs/observed";
import type { Deciding, Readable } from "./deciding";
import type { Finding } from "../intent";
import { concerns, outageFinding, unexportedFinding } from "./outage-finding";

export interface Problems {
  readonly problems: readonly Finding[];
  readonly failures: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** Members whose importing side is left as it is. */
  readonly blockedImports: ReadonlySet<string>;
}

export function findProblems(context: Deciding): Problems {
  const problems: Finding[] = [];
  const failures: Finding[] = [];
  const warnings: Finding[] = [];
  const blockedImports = new Set<string>();
  const { intent, views, exporters, imported } = context;
  const roles = new Set([...intent.exportFrom, ...intent.importTo]);

  for (const view of views) {
    if (view.state === "unreadable") {
      const failing = intent.unreachable?.do === "fail" && concerns(view.id, context);
      if (failing) problems.push({ member: view.id, message: view.message });
      else (roles.has(view.id) ? failures : warnings).push(outageFinding(view, context));
      continue;
    }
    const { exportFailure } = view.service;
    if (exportFailure !== undefined) failures.push(unexportedFinding(view.id, exportFailure, context));
    if (intent.exportFrom.includes(view.id)) {
      problems.push(...exportProblems(view, context));
      failures.push(...notExported(view, context));
    }
    const asked = intent.importTo.includes(view.id);
    if (!asked && !honoured(view, context)) continue;
    if (asked) problems.push(...importProblems(view, context));
    const skipped = skippedImport(view, context);
    if (skipped) warnings.push({ member: view.id, message: skipped });
    const foreign = foreignDerived(view, context);
    if (foreign && view.service.namespace === "active") {
      const established = isHolder(intent, view.service.import);
      (established || !asked ? failures : problems).push({ member: view.id, message: foreign });
      blockedImports.add(view.id);
    }
  }
  if (!imported && intent.importTo.length > 0 && exporters.held.length === 0 && problems.length === 0) {
    warnings.push({ message: `no member exports ${name(context)}: nothing is imported until one does` });
  }
  return { problems, failures, warnings, blockedImports };
}

/** An import that a person wrote, and that this intent serves as it is. One that has a Service without our doing is served by others. */
export function honoured({ service: { import: live } }: Readable, { intent }: Deciding): boolean {
  if (!intent.honour || live === undefined || isOurs(live)) return false;
  const { [ANNOTATION.derivedService]: served, [ANNOTATION.honouredBy]: ours } = live.metadata.annotations ?? {};
  return served === undefined || ours !== undefined;
}

function name({ intent }: Deciding): string {
  return `${intent.key.namespace}/${intent.key.name}`;
}

function finding(id: string, message: string, pending?: Finding["pending"]): Finding {
  return { member: id, message: `cluster "${id}": ${message}`, ...(pending && { pending }) };
}

function exportProblems({ id, service }: Readable, context: Deciding): readonly Finding[] {
  const { intent } = context;
  const { namespace } = intent.key;
  const { export: live } = service;
  if (isHolder(intent, live)) return [];
  const at = (message: string, pending?: Finding["pending"]): Finding => finding(id, message, pending);
  if (service.namespace === "absent") {
    return [at(`namespace "${namespace}" does not exist; create it, or take "${id}" out of exportFrom`, "object")];
  }
  if (service.namespace === "terminating") {
    return [at(`namespace "${namespace}" is being deleted; wait for it, or take "${id}" out of exportFrom`)];
  }
  const theirs = taken("ServiceExport", live, context);
  if (theirs) return [at(theirs)];
  if (!service.service) {
    return [at(`Service ${name(context)} does not exist; create it, or take "${id}" out of exportFrom`, "object")];
  }
  if (service.service.spec.type === "ExternalName") {
    return [
      at(
        `Service ${name(context)} is of type ExternalName, which cannot be exported; export a Service that has endpoints`,
      ),
    ];
  }
  return crdProblem({ id, service }, at);
}

/** Valid=True and Ready=False: the export stands, and nothing of it reaches another cluster until what it says is put right. */
function notExported({ id }: Readable, context: Deciding): readonly Finding[] {
  const state = context.exporters.exports.get(id)?.validity;
  return state?.state === "failed" ? [finding(id, `ServiceExport ${name(context)} is ${state.message}`)] : [];
}

function importProblems({ id, service }: Readable, context: Deciding): readonly Finding[] {
  const { intent } = context;
  const { import: live } = service;
  const at = (message: string, pending?: Finding["pending"]): Finding => finding(id, message, pending);
  // Another's run makes the Service before its import: between the two, only the Service tells.
  const derived = live ? undefined : service.derived.find((s) => standsFor(s, intent) && ownerOf(s) !== undefined);
  const theirs = honoured({ id, service }, context)
    ? undefined
    : (taken("ServiceImport", live, context) ?? taken("derived Service", derived, context));
  if (theirs) return [at(theirs)];
  return service.namespace === "active" ? crdProblem({ id, service }, at) : [];
}

function crdProblem(
  { service }: Readable,
  at: (message: string, pending: Finding["pending"]) => Finding,
): readonly Finding[] {
  switch (service.crds) {
    case "served":
      return [];
    case "outdated":
      return [
        at(
          "of the Multi-Cluster Services API only v1alpha1 is served; let the ClusterSet upgrade its two CRDs, or apply those of release v0.5.0 or newer",
          "crds",
        ),
      ];
    case "absent":
      return [
        at(
          "the Multi-Cluster Services API is not installed; let the ClusterSet install it, or apply the two CRDs",
          "crds",
        ),
      ];
  }
}

/**
 * Why an object that is there already cannot be had, undefined where it can. `adopt` takes what no resource of ours claims, and, while a
 * resource is made, also what another one claims.
 */
function taken(kind: string, live: KubeObject | undefined, { intent }: Deciding): string | undefined {
  if (!live || isHolder(intent, live)) return undefined;
  if (intent.replaces && hasNameOf(live, intent)) return undefined;
  const name = `${kind} ${live.metadata.namespace}/${live.metadata.name}`;
  if (ownerOf(live) === undefined) {
    if (intent.adopt) return undefined;
    return `${name} already exists and was not made by this resource; set adopt: true to take it over, or delete it`;
  }
  if (intent.established) {
    return (
      `${name} belongs to ${ownerText(live, intent)} by now; two resources cannot keep one object: ` +
      "take this member out of one of them"
    );
  }
  if (intent.adopt) return undefined;
  return `${name} already exists and belongs to ${ownerText(live, intent)}; set adopt: true to take it over, or remove it there`;
}

function skippedImport({ id, service }: Readable, context: Deciding): string | undefined {
  const why = namespaceReason(service, context.intent.key.namespace);
  return why && `cluster "${id}": ${why}: ${name(context)} is not imported there`;
}

export function namespaceReason(service: MemberService, namespace: string): string | undefined {
  switch (service.namespace) {
    case "absent":
      return `namespace "${namespace}" does not exist`;
    case "terminating":
      return `namespace "${namespace}" is being deleted`;
    case "active":
      return undefined;
  }
}

function foreignDerived({ id, service }: Readable, { intent }: Deciding): string | undefined {
  const { key, derivedName } = intent;
  const foreign = service.derived.find((s) => s.metadata.name === derivedName && !standsFor(s, intent));
  if (!foreign) return undefined;
  const whose = isOurs(foreign) ? "stands for another import" : "was not made by pulumi-mcs";
  return `cluster "${id}": Service ${key.namespace}/${derivedName} ${whose}; rename or delete it, or choose another derivedName`;
}
