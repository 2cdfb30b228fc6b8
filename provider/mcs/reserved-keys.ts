/**
 * Keys that an exporter may not set on the objects we make in other clusters: they carry our bookkeeping, or make controllers and tools there
 * act on the object as if its cluster's own people had asked for it: publish it, give it a load balancer, own it and remove it.
 */
import { MANAGER } from "./marks";

/**
 * Domain → who acts on keys under it. A domain stands for itself and all its subdomains, because tools add subdomains to their own
 * (service.beta.openshift.io, objectset.rio.cattle.io). docs/security.md shows the table; a test holds the two together.
 */
export const RESERVED_DOMAINS: Readonly<Record<string, string>> = {
  [MANAGER]: "this package",
  "kubernetes.io": "Kubernetes, cloud load balancers, external-dns, ingress controllers",
  "k8s.io": "Kubernetes and its projects",
  "x-k8s.io": "Kubernetes and its projects",
  "helm.sh": "Helm: who owns, hooks, what is kept",
  "argoproj.io": "Argo CD: who owns, and what is pruned",
  "fluxcd.io": "Flux: who owns, and what is pruned",
  "k14s.io": "kapp: who owns, and what is pruned",
  "carvel.dev": "kapp-controller",
  "cattle.io": "Rancher and Fleet: who owns, and what is pruned",
  "crossplane.io": "Crossplane: who owns",
  "pulumi.com": "Pulumi's Kubernetes provider",
  "openshift.io": "OpenShift: certificates, routes, load balancers",
  "cloud.google.com": "GKE: network endpoint groups, load balancers",
  "gke.io": "GKE: load balancers, multi-cluster Services",
  "amazonaws.com": "EKS: load balancers",
  "azure.com": "AKS: load balancers",
  "oraclecloud.com": "Oracle Cloud: load balancers",
  "openstack.org": "OpenStack: load balancers",
  "metallb.io": "MetalLB: load balancers",
  "metallb.universe.tf": "MetalLB: load balancers",
  "kube-vip.io": "kube-vip: load balancers",
  "tailscale.com": "Tailscale: publishes Services",
  "cilium.io": "Cilium: global Services, load balancers",
  "io.cilium": "Cilium: global Services",
  "istio.io": "Istio: visibility and routing",
  "linkerd.io": "Linkerd: mirrored Services",
  "consul.hashicorp.com": "Consul: registered Services",
  "kuma.io": "Kuma: routing",
  "submariner.io": "Submariner: exported Services",
  "karmada.io": "Karmada: who owns, and what is pruned",
  "skupper.io": "Skupper: exposed Services",
};

/** Of the labels by which people describe applications, those by which a tool knows what it may remove: Argo CD, Helm. */
export const RESERVED_KEYS: readonly string[] = ["app.kubernetes.io/instance", "app.kubernetes.io/managed-by"];

/** The labels by which people describe applications: otherwise theirs to export. */
const DESCRIPTIVE = "app.kubernetes.io";

/** `io.cilium.k8s.policy.name` has no prefix before a slash, and is Cilium's all the same: such domains are written the other way round. */
const REVERSED = "io.cilium";

export function isReservedKey(key: string): boolean {
  const lower = key.toLowerCase();
  if (RESERVED_KEYS.includes(lower) || lower.startsWith(`${REVERSED}.`)) return true;
  const prefix = lower.slice(0, Math.max(0, lower.indexOf("/")));
  return prefix !== DESCRIPTIVE && domainsOf(prefix).some((domain) => Object.hasOwn(RESERVED_DOMAINS, domain));
}

/** Characters of a key's prefix (RFC 1123 subdomain). A longer one is no key (validity.ts), and taking it apart would cost its square. */
const PREFIX_MAX = 253;

/** `a.b.c`, `b.c`, `c`. */
function domainsOf(prefix: string): readonly string[] {
  if (prefix.length > PREFIX_MAX) return [];
  const labels = prefix.split(".");
  return labels.map((_, at) => labels.slice(at).join("."));
}
