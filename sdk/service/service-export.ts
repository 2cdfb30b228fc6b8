/** ServiceExport: one member's export, for teams whose exports and imports live in different stacks. */
import * as pulumi from "@pulumi/pulumi";
import type { ExportView, ServiceView } from "../../provider/reconcile/intent";
import type { Await } from "./await";
import type { ClusterSet } from "../clusterset/cluster-set";
import { DynamicResource } from "../engine/dynamic-resource";
import { parseServiceId } from "./service-id";

export interface ServiceExportArgs {
  /** The clusterset that the service lives in. */
  clusterSet: ClusterSet;
  /** Id of the exporting member. After a change the new member exports before the old one ceases to. */
  cluster: pulumi.Input<string>;
  /** Namespace of the Service. A change replaces the resource. */
  namespace: pulumi.Input<string>;
  /** Name of the Service. It must exist and not be of type ExternalName. A change replaces the resource. @default the resource's name */
  name?: pulumi.Input<string>;
  /** Labels for the derived Services, as `spec.exportedLabels`. @default none */
  exportedLabels?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Annotations for the derived Services, as `spec.exportedAnnotations`. @default none */
  exportedAnnotations?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Take over a ServiceExport of this name that exists already. @default false: refuse and name it */
  adopt?: pulumi.Input<boolean>;
  /** Wait until the export is valid; `endpoints` is not looked at. @default `{ timeoutSeconds: 120 }` */
  await?: Await;
}

/** Makes the Service of this name in one member available to the clusterset. */
export class ServiceExport extends DynamicResource {
  declare readonly namespace: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;
  /** The Service exists and can be exported. */
  declare readonly valid: pulumi.Output<ExportView["valid"]>;
  /** The export has been taken up. */
  declare readonly ready: pulumi.Output<ExportView["ready"]>;
  /** The exporters of the service do not agree on some property. */
  declare readonly conflict: pulumi.Output<ExportView["conflict"]>;
  /** Reasons and messages of the conditions that are not as they should be; empty when all is well. */
  declare readonly messages: pulumi.Output<ExportView["messages"]>;
  /** Properties that the exporters do not agree on, with who won. */
  declare readonly conflicts: pulumi.Output<ServiceView["conflicts"]>;
  /** Member → why it takes no part now. */
  declare readonly skipped: pulumi.Output<ServiceView["skipped"]>;

  constructor(name: string, args: ServiceExportArgs, options: pulumi.CustomResourceOptions = {}) {
    const { clusterSet, ...inputs } = args;
    super(
      {
        kind: "ServiceExport",
        name,
        inputs: { ...inputs, name: args.name ?? name },
        outputs: ["valid", "ready", "conflict", "messages", "conflicts", "skipped", "owner", "schemaVersion"],
        clusterSet,
        writes: () =>
          pulumi
            .all([inputs.namespace, args.name ?? name, inputs.cluster])
            .apply(([namespace, service, cluster]) => `ServiceExport ${namespace}/${service} in ${cluster}`),
      },
      options,
    );
  }

  /**
   * An export that another stack, or another tool, keeps: what the member holds of it, in the same outputs. Nothing is ever written.
   * @param id e.g. `default/serve@member1`. Fails where there is none
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    args: { clusterSet: ClusterSet },
    options: pulumi.CustomResourceOptions = {},
  ): ServiceExport {
    const { namespace, name: service, cluster } = parseServiceId(id, "default/serve@member1");
    return new ServiceExport(
      name,
      { clusterSet: args.clusterSet, cluster, namespace, name: service },
      { ...options, id },
    );
  }
}
