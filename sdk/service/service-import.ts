/** ServiceImport: one member's import, for teams whose exports and imports live in different stacks. */
import * as pulumi from "@pulumi/pulumi";
import type { ImportView, ServiceView } from "../../provider/reconcile/intent";
import type { Await } from "./await";
import type { ClusterSet } from "../clusterset/cluster-set";
import { DynamicResource } from "../engine/dynamic-resource";
import { parseServiceId } from "./service-id";
import type { ClusterSelector } from "./cluster-selector";
import type { Unreachable } from "../clusterset/unreachable";

export interface ServiceImportArgs {
  /** The clusterset that the service lives in. */
  clusterSet: ClusterSet;
  /** Id of the importing member. After a change the new member imports before the old one ceases to. */
  cluster: pulumi.Input<string>;
  /** Namespace of the service. A change replaces the resource. */
  namespace: pulumi.Input<string>;
  /** Name of the service. A change replaces the resource. @default the resource's name */
  name?: pulumi.Input<string>;
  /** Members whose exports are imported. @default "all" */
  from?: ClusterSelector;
  /**
   * Name of the derived Service: a DNS label that starts with a letter, not the service's own name.
   * After a change the service goes over to the new Service, which has another cluster IP; the old one goes last.
   * @default `derived-<name>`, shortened with a digest beyond 63
   */
  derivedName?: pulumi.Input<string>;
  /** Take over a ServiceImport of this name that exists already. @default false: refuse and name it */
  adopt?: pulumi.Input<boolean>;
  /** Wait until ready endpoints are imported. @default `{ endpoints: 1, timeoutSeconds: 120 }` */
  await?: Await;
  /** Endpoints in one imported EndpointSlice, 1 to 1000. @default 100 */
  maxEndpointsPerSlice?: pulumi.Input<number>;
  /** What happens to endpoints of a member that cannot be read: see `Unreachable`. @default what the clusterset says */
  unreachable?: pulumi.Input<Unreachable>;
  /** Of `unreachable: "drop"`: seconds, 0 (at once) to 2592000 (30 days). @default what the clusterset says */
  dropAfterSeconds?: pulumi.Input<number>;
}

/** Makes a service that other members export callable in one member, through its derived Service. */
export class ServiceImport extends DynamicResource {
  declare readonly namespace: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;
  /** `ClusterSetIP` or `Headless`. */
  declare readonly type: pulumi.Output<ImportView["type"]>;
  /** Name of the derived Service. */
  declare readonly derivedService: pulumi.Output<ImportView["derivedService"]>;
  /** Cluster IPs of the derived Service, primary family first; empty for Headless. */
  declare readonly clusterIPs: pulumi.Output<ImportView["clusterIPs"]>;
  /** Families of `clusterIPs`, in the same order. */
  declare readonly ipFamilies: pulumi.Output<ImportView["ipFamilies"]>;
  declare readonly ports: pulumi.Output<ImportView["ports"]>;
  declare readonly endpoints: pulumi.Output<ImportView["endpoints"]>;
  /** Exporting member → number of endpoints imported from it. */
  declare readonly sources: pulumi.Output<ImportView["sources"]>;
  /** Properties that the exporters do not agree on, with who won. */
  declare readonly conflicts: pulumi.Output<ServiceView["conflicts"]>;
  /** Member → why it takes no part now. */
  declare readonly skipped: pulumi.Output<ServiceView["skipped"]>;

  constructor(name: string, args: ServiceImportArgs, options: pulumi.CustomResourceOptions = {}) {
    const { clusterSet, ...inputs } = args;
    super(
      {
        kind: "ServiceImport",
        name,
        inputs: { ...inputs, name: args.name ?? name },
        outputs: [...VIEW, "conflicts", "skipped", "owner", "schemaVersion"],
        clusterSet,
        writes: () =>
          pulumi
            .all([inputs.namespace, args.name ?? name, inputs.cluster])
            .apply(
              ([namespace, service, cluster]) =>
                `ServiceImport ${namespace}/${service}, its derived Service and EndpointSlices in ${cluster}; how many slices and endpoints is not known yet`,
            ),
      },
      options,
    );
  }

  /**
   * An import that another stack, or another tool, keeps: what the member holds of it, in the same outputs. Nothing is ever written.
   * @param id e.g. `default/serve@member1`. Fails where there is none
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    args: { clusterSet: ClusterSet },
    options: pulumi.CustomResourceOptions = {},
  ): ServiceImport {
    const { namespace, name: service, cluster } = parseServiceId(id, "default/serve@member1");
    return new ServiceImport(
      name,
      { clusterSet: args.clusterSet, cluster, namespace, name: service },
      { ...options, id },
    );
  }
}

const VIEW: readonly (keyof ImportView)[] = [
  "type",
  "derivedService",
  "clusterIPs",
  "ipFamilies",
  "ports",
  "endpoints",
  "sources",
];
