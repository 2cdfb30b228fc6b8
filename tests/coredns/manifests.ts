/** What a cluster holds for its CoreDNS: kubeadm's objects, the Corefile with the addresses of a test, and a kubeconfig instead of a pod's account. */
import type { ConfigMap } from "../../provider/mcs/api";
import type { RunningMember } from "../controlplane/clusters";

export const NAMESPACE = "kube-system";
const CONFIG_MAP = `/api/v1/namespaces/${NAMESPACE}/configmaps/coredns`;
const RBAC = "/apis/rbac.authorization.k8s.io/v1";

/** The Corefile of the ConfigMap. */
export async function corefileOf({ api }: Pick<RunningMember, "api">): Promise<string> {
  return ((await api("GET", CONFIG_MAP)) as ConfigMap).data?.["Corefile"] ?? "";
}

/** kubeadm's, without what would leave this machine: the resolver for other names is a second block, which knows none. */
export function corefileText(at: {
  readonly address: string;
  readonly port: number;
  readonly health: number;
  readonly upstream: number;
  readonly kubeconfig: string;
}): string {
  return `.:${at.port} {
    bind ${at.address}
    errors
    ready ${at.address}:${at.health}
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 1 # a test does not wait
       startup_timeout 2s
       kubeconfig ${at.kubeconfig} coredns
    }
    forward . 127.0.0.1:${at.upstream}
    cache 1 {
       disable success cluster.local
       disable denial cluster.local
    }
    reload 2s 1s
    loadbalance
}

.:${at.upstream} {
    bind 127.0.0.1
    template ANY ANY . {
       rcode NXDOMAIN
    }
}
`;
}

/** Puts into the member what kubeadm puts there for CoreDNS. */
export async function installManifests({ api }: RunningMember, image: string, corefile: string): Promise<void> {
  const metadata = { name: "coredns", namespace: NAMESPACE };
  const role = { name: "system:coredns" };
  const subjects = [{ kind: "ServiceAccount", ...metadata }];
  const labels = { "k8s-app": "kube-dns" };
  const watched = (apiGroups: string[], resources: string[]) => ({ apiGroups, resources, verbs: ["list", "watch"] });
  const containers = [{ name: "coredns", image }];
  await api("POST", `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, { metadata });
  await api("POST", `${RBAC}/clusterroles`, {
    metadata: role,
    rules: [
      watched([""], ["endpoints", "services", "pods", "namespaces"]),
      watched(["discovery.k8s.io"], ["endpointslices"]),
    ],
  });
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", ...role };
  await api("POST", `${RBAC}/clusterrolebindings`, { metadata: role, roleRef, subjects });
  await api("POST", `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`, {
    metadata,
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { serviceAccountName: "coredns", containers } },
    },
  });
  await api("POST", `/api/v1/namespaces/${NAMESPACE}/configmaps`, { metadata, data: { Corefile: corefile } });
}

/** With the rights that kubeadm gives to CoreDNS. */
export async function kubeconfigOf({ api, server, caPem }: RunningMember): Promise<object> {
  const asked = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 3_600 } };
  const answer = await api("POST", `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/coredns/token`, asked);
  const { token } = (answer as { status: { token: string } }).status;
  const cluster = { server, "certificate-authority-data": Buffer.from(caPem).toString("base64") };
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "here", cluster }],
    users: [{ name: "coredns", user: { token } }],
    contexts: [{ name: "coredns", context: { cluster: "here", user: "coredns" } }],
    "current-context": "coredns",
  };
}
