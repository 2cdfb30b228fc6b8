/** The three resources of a service, as a table: what each takes, what it is responsible for, what it shows. */
import type { Intent, ServiceView } from "../reconcile/intent";
import type { Part } from "../reconcile/rights";
import { awaitRule, type Await } from "./await";
import type { Fields } from "./fields";
import type { Properties } from "./record";
import { annotations, dnsLabel, flag, labels, serviceName, whole } from "./rules";
import { memberId, selectMembers, type MembersById } from "./selector";

export type ServiceKindName = "MultiClusterService" | "ServiceExport" | "ServiceImport";

export interface ServiceKind {
  readonly name: ServiceKindName;
  readonly fields: Fields<MembersById>;
  /** A change of one of these cannot be made in place. */
  readonly replacing: readonly string[];
  /** What the resource is responsible for, from checked inputs. */
  readonly roles: (inputs: ServiceInputs) => Pick<Intent, "exportFrom" | "importTo" | "sources">;
  /** Outputs besides the inputs. */
  readonly outputs: (view: ServiceView, inputs: ServiceInputs) => Properties;
}

/** Inputs of all kinds after `check`: defaults filled in, selectors resolved. */
export interface ServiceInputs {
  readonly resourceUrn?: string;
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
};
const common: Fields<MembersById> = {
  adopt: { rule: flag, fallback: false },
  await: { rule: awaitRule, fallback: true },
};

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
    outputs: ({ exports, imports, conflicts, skipped }) => ({ exports, imports, conflicts, skipped }),
  },
  ServiceExport: {
    name: "ServiceExport",
    fields: { ...cluster("export"), ...key, ...exporting, ...common },
    replacing: ["cluster", "namespace", "name"],
    roles: ({ cluster: id = "" }) => ({ exportFrom: [id], importTo: [] }),
    outputs: ({ exports, conflicts, skipped }, { cluster: id = "" }) => ({ ...exports[id], conflicts, skipped }),
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
    replacing: ["cluster", "namespace", "name"],
    roles: ({ cluster: id = "", from }) => ({ exportFrom: [], importTo: [id], sources: from }),
    outputs: ({ imports, conflicts, skipped }, { cluster: id = "" }) => ({ ...imports[id], conflicts, skipped }),
  },
};
