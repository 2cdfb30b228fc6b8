/** The three resources of a service, as a table: what each takes, what it is responsible for, what it shows. */
import type { ExportView, ImportView, Intent, ServiceView } from "../../reconcile/intent";
import type { Part } from "../../../common/rights";
import { awaitRule, type Await } from "../inputs/await-input";
import type { Fields } from "../inputs/input-fields";
import { asBefore, lastConflicts, withLastKnown } from "./last-known";
import type { Properties } from "../inputs/properties";
import { annotations, dnsLabel, flag, labels, serviceName, whole } from "../inputs/rules";
import { memberId, selectMembers, type MembersById } from "../inputs/member-selection";
import { unreachableFields, type UnreachableArgs } from "../inputs/unreachable-policy";

export type ServiceKindName = "MultiClusterService" | "ServiceExport" | "ServiceImport";

export interface ServiceKind {
  readonly name: ServiceKindName;
  readonly fields: Fields<MembersById>;
  /** A change of one of these cannot be made in place. */
  readonly replacing: readonly string[];
  /** What the resource is responsible for, from checked inputs. */
  readonly roles: (inputs: ServiceInputs) => Roles;
  /** Names of the outputs besides the inputs. */
  readonly shown: readonly string[];
  /** Their values. `last`: those of the last operation, for members that cannot be read now. */
  readonly outputs: (view: ServiceView, inputs: ServiceInputs, last: Properties) => Properties;
}

/** Members that a resource exports from, imports into, and takes exports of (`sources`: of all when absent). */
export type Roles = Pick<Intent, "exportFrom" | "importTo" | "sources">;

/** Inputs of all kinds after `check`: defaults filled in, selectors resolved. */
export interface ServiceInputs {
  readonly resourceUrn?: string;
  /** Of the clusterset. */
  readonly incarnation?: string;
  readonly namespace: string;
  readonly name: string;
  readonly cluster?: string;
  readonly exportFrom?: readonly string[];
  readonly importTo?: readonly string[];
  readonly from?: readonly string[];
  readonly exportedLabels?: Readonly<Record<string, string>>;
  readonly exportedAnnotations?: Readonly<Record<string, string>>;
  readonly derivedName?: string;
  readonly adopt: boolean;
  readonly await: Await | false;
  readonly maxEndpointsPerSlice?: number;
  readonly unreachable?: UnreachableArgs["unreachable"];
  readonly dropAfterSeconds?: number;
}

const key: Fields<MembersById> = {
  namespace: { rule: dnsLabel, required: true },
  name: { rule: dnsLabel, required: true },
};
const cluster = (part: Part): Fields<MembersById> => ({ cluster: { rule: memberId(part), required: true } });
const exporting: Fields<MembersById> = {
  exportedLabels: { rule: labels },
  exportedAnnotations: { rule: annotations },
};
const importing: Fields<MembersById> = {
  derivedName: { rule: serviceName },
  maxEndpointsPerSlice: { rule: whole(1, 1000), fallback: 100 },
  ...unreachableFields,
};
const common: Fields<MembersById> = {
  adopt: { rule: flag, fallback: false },
  await: { rule: awaitRule, fallback: true },
};

const EXPORT_OUTPUTS: readonly (keyof ExportView)[] = ["valid", "ready", "conflict", "messages"];
const IMPORT_OUTPUTS: readonly (keyof ImportView)[] = [
  "type",
  "derivedService",
  "clusterIPs",
  "ipFamilies",
  "ports",
  "endpoints",
  "sources",
];

export const serviceKinds: Readonly<Record<ServiceKindName, ServiceKind>> = {
  MultiClusterService: {
    name: "MultiClusterService",
    fields: {
      ...key,
      exportFrom: { rule: selectMembers("export"), required: true },
      importTo: { rule: selectMembers("import"), required: true },
      ...exporting,
      ...importing,
      ...common,
    },
    replacing: ["namespace", "name"],
    roles: ({ exportFrom = [], importTo = [] }) => ({ exportFrom, importTo }),
    shown: ["exports", "imports", "conflicts", "skipped"],
    outputs: (view, { exportFrom = [], importTo = [] }, last) => ({
      exports: withLastKnown(view, "exports", { last, ids: exportFrom }),
      imports: withLastKnown(view, "imports", { last, ids: importTo }),
      conflicts: lastConflicts(view, last),
      skipped: view.skipped,
    }),
  },
  ServiceExport: {
    name: "ServiceExport",
    fields: { ...cluster("export"), ...key, ...exporting, ...common },
    replacing: ["namespace", "name"],
    roles: ({ cluster: id = "" }) => ({ exportFrom: [id], importTo: [] }),
    shown: [...EXPORT_OUTPUTS, "conflicts", "skipped"],
    outputs: (view, { cluster: id = "" }, last) => ({
      ...(view.unreadableMembers.includes(id) ? asBefore(last, EXPORT_OUTPUTS) : view.exports[id]),
      conflicts: lastConflicts(view, last),
      skipped: view.skipped,
    }),
  },
  ServiceImport: {
    name: "ServiceImport",
    fields: {
      ...cluster("import"),
      ...key,
      from: { rule: selectMembers("export"), fallback: "all" },
      ...importing,
      ...common,
    },
    replacing: ["namespace", "name"],
    roles: ({ cluster: id = "", from }) => ({ exportFrom: [], importTo: [id], sources: from }),
    shown: [...IMPORT_OUTPUTS, "conflicts", "skipped"],
    outputs: (view, { cluster: id = "" }, last) => ({
      ...(view.unreadableMembers.includes(id) ? asBefore(last, IMPORT_OUTPUTS) : view.imports[id]),
      conflicts: lastConflicts(view, last),
      skipped: view.skipped,
    }),
  },
};
