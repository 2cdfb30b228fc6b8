/** MultiClusterService: one service, exported from some members and imported into others, as one resource. */
import * as pulumi from "@pulumi/pulumi";
import type { ServiceView } from "../../provider/reconcile/intent";
import type { Await } from "./await";
import type { ClusterSet } from "../clusterset/cluster-set";
import { DynamicResource } from "../engine/dynamic-resource";
import { selectorText, type ClusterSelector } from "./cluster-selector";
import { parseServiceId } from "./service-id";
import type { Unreachable } from "../clusterset/unreachable";

export interface MultiClusterServiceArgs {
  /** The clusterset that the service lives in. */
  clusterSet: ClusterSet;
  /** Namespace of the Service, the same in every member (KEP-1645, namespace sameness). A change replaces the resource. */
  namespace: pulumi.Input<string>;
  /** Name of the Service. A change replaces the resource. @default the resource's name */
  name?: pulumi.Input<string>;
  /** Members whose Service of this name is exported. The Service must exist there and not be of type ExternalName. */
  exportFrom: ClusterSelector;
  /** Members that import the service. One that lacks the namespace is skipped, and listed in `skipped`. */
  importTo: ClusterSelector;
  /** Labels for the derived Services, from `ServiceExport.spec.exportedLabels`. @default none */
  exportedLabels?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Annotations for the derived Services, from `ServiceExport.spec.exportedAnnotations`. @default none */
  exportedAnnotations?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /**
   * Name of the derived Service in the importing members: a DNS label that starts with a letter, not the service's own name.
   * After a change the service goes over to the new Service, which has another cluster IP; the old one goes last.
   * @default `derived-<name>`, shortened with a digest beyond 63
   */
  derivedName?: pulumi.Input<string>;
  /** Take over a ServiceExport or ServiceImport of this name that exists already. @default false: refuse and name it */
  adopt?: pulumi.Input<boolean>;
  /** Wait until the service works. @default `{ endpoints: 1, timeoutSeconds: 120 }` */
  await?: Await;
  /** Endpoints in one imported EndpointSlice, 1 to 1000. @default 100 */
  maxEndpointsPerSlice?: pulumi.Input<number>;
  /** What happens to endpoints of a member that cannot be read: see `Unreachable`. @default what the clusterset says */
  unreachable?: pulumi.Input<Unreachable>;
  /** Of `unreachable: "drop"`: seconds, 0 (at once) to 2592000 (30 days). @default what the clusterset says */
  dropAfterSeconds?: pulumi.Input<number>;
}

/** Which members of a service to look at. */
export interface MultiClusterServiceGetArgs {
  /** The clusterset that the service lives in. */
  clusterSet: ClusterSet;
  /** Members whose exports are looked for. @default "all" */
  exportFrom?: ClusterSelector;
  /** Members whose imports are looked for. @default "all" */
  importTo?: ClusterSelector;
}

/** Brings an exported and imported service to what the arguments and the clusters say, at every `up` and `refresh`. */
export class MultiClusterService extends DynamicResource {
  declare readonly namespace: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;
  /** Exporting member → state of its export. */
  declare readonly exports: pulumi.Output<ServiceView["exports"]>;
  /** Importing member → its derived Service, cluster IPs, ports and endpoints. */
  declare readonly imports: pulumi.Output<ServiceView["imports"]>;
  /** Properties that the exporters do not agree on, with who won (KEP-1645, conflict resolution). */
  declare readonly conflicts: pulumi.Output<ServiceView["conflicts"]>;
  /** Member → why it takes no part now. */
  declare readonly skipped: pulumi.Output<ServiceView["skipped"]>;

  constructor(name: string, args: MultiClusterServiceArgs, options: pulumi.CustomResourceOptions = {}) {
    const { clusterSet, ...inputs } = args;
    super(
      {
        kind: "MultiClusterService",
        name,
        inputs: { ...inputs, name: args.name ?? name },
        outputs: ["exports", "imports", "conflicts", "skipped", "owner", "schemaVersion"],
        clusterSet,
        writes: () =>
          pulumi
            .all([inputs.namespace, args.name ?? name, selectorText(args.exportFrom), selectorText(args.importTo)])
            .apply(([namespace, service, exporters, importers]) => {
              const key = `${namespace}/${service}`;
              return (
                `ServiceExport ${key} in ${exporters}; ServiceImport ${key}, its derived Service and EndpointSlices in ${importers}; ` +
                "how many slices and endpoints is not known yet"
              );
            }),
      },
      options,
    );
  }

  /**
   * A service that another stack, or another tool, keeps: what the members hold of it, in the same outputs. Nothing is ever written.
   * @param id e.g. `default/serve`. Fails where no member of `args` exports or imports it
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    args: MultiClusterServiceGetArgs,
    options: pulumi.CustomResourceOptions = {},
  ): MultiClusterService {
    const { namespace, name: service } = parseServiceId(id, "default/serve");
    const { clusterSet, exportFrom = "all", importTo = "all" } = args;
    return new MultiClusterService(
      name,
      { clusterSet, namespace, name: service, exportFrom, importTo },
      { ...options, id },
    );
  }
}
