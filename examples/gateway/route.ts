/** The objects of the Gateway API: a listener for HTTP, and a route whose backend is a ServiceImport. */

const metadata = { name: "serve", namespace: "default" };

export function gateway(gatewayClassName: string) {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata,
    spec: { gatewayClassName, listeners: [{ name: "http", protocol: "HTTP", port: 80 }] },
  };
}

/** The backend stands in the route's own namespace; in another one it would take a ReferenceGrant there. */
export const route = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata,
  spec: {
    parentRefs: [{ name: "serve" }],
    rules: [
      {
        matches: [{ path: { type: "PathPrefix", value: "/" } }],
        backendRefs: [{ group: "multicluster.x-k8s.io", kind: "ServiceImport", name: "serve", port: 80 }],
      },
    ],
  },
};
