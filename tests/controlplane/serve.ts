/** The walk-through's workload: Deployment and Service `serve`, as a person would apply them to member1. */

export const serveName = "serve";
export const serveImage = "jeremyot/serve:0a40de8";

/** A manifest and the collection to POST it to. */
export interface Manifest {
  readonly path: string;
  readonly object: object;
}

/** Deployment `serve` (container port 8080) with `replicas` pods, and Service `serve`, port 80 to 8080. */
export function serve(replicas = 1, namespace = "default"): readonly [deployment: Manifest, service: Manifest] {
  const labels = { app: serveName };
  const metadata = { name: serveName, namespace, labels };
  const container = { name: serveName, image: serveImage, ports: [{ containerPort: 8080 }] };
  return [
    {
      path: `/apis/apps/v1/namespaces/${namespace}/deployments`,
      object: {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata,
        spec: {
          replicas,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [container] } },
        },
      },
    },
    {
      path: `/api/v1/namespaces/${namespace}/services`,
      object: {
        apiVersion: "v1",
        kind: "Service",
        metadata,
        spec: { selector: labels, ports: [{ port: 80, targetPort: 8080, protocol: "TCP" }] },
      },
    },
  ];
}
