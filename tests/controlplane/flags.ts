/** The flags of each part: what a cluster without kubelets needs, and nothing that waits for one. */
import * as path from "node:path";
import { nodeAddress, type Ranges } from "./ranges";

export interface Layout {
  readonly folder: string;
  /** Loopback ports: etcd's two, the API server's one. */
  readonly client: number;
  readonly peer: number;
  readonly secure: number;
  readonly ranges: Ranges;
  readonly certificates: string;
  readonly tokenFile: string;
  readonly signingKey: string;
  /** Authority of client certificates; none are taken without. */
  readonly clientCaFile?: string;
  /** Where kubelets serve exec and logs: the certificate of both ends. */
  readonly kubelet?: { readonly certificateFile: string; readonly keyFile: string } | undefined;
}

export function etcdFlags({ folder, client, peer }: Layout): string[] {
  return [
    "--name=etcd",
    `--data-dir=${path.join(folder, "etcd")}`,
    `--listen-client-urls=http://127.0.0.1:${client}`,
    `--advertise-client-urls=http://127.0.0.1:${client}`,
    `--listen-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-cluster=etcd=http://127.0.0.1:${peer}`,
    // The data live as long as the run: waiting for the disk would only make every write slow.
    "--unsafe-no-fsync",
    "--log-level=warn",
  ];
}

export function apiserverFlags(layout: Layout): string[] {
  const { client, secure, ranges, certificates, tokenFile, signingKey, clientCaFile, kubelet } = layout;
  return [
    `--etcd-servers=http://127.0.0.1:${client}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${secure}`,
    // Never used, but without it the server looks for a default route, which a machine without network has not.
    `--advertise-address=${nodeAddress(ranges.index, 1, ranges.serviceCIDRs[0] ?? "")}`,
    "--endpoint-reconciler-type=none",
    `--cert-dir=${certificates}`,
    "--authorization-mode=RBAC",
    ...(clientCaFile === undefined ? [] : [`--client-ca-file=${clientCaFile}`]),
    ...(kubelet === undefined ? [] : kubeletFlags(kubelet)),
    `--token-auth-file=${tokenFile}`,
    `--service-cluster-ip-range=${ranges.serviceCIDRs.join(",")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${signingKey}`,
    `--service-account-signing-key-file=${signingKey}`,
    "--profiling=false",
  ];
}

function kubeletFlags({ certificateFile, keyFile }: NonNullable<Layout["kubelet"]>): string[] {
  return [
    `--kubelet-certificate-authority=${certificateFile}`,
    `--kubelet-client-certificate=${certificateFile}`,
    `--kubelet-client-key=${keyFile}`,
    "--kubelet-preferred-address-types=InternalDNS",
  ];
}

export function controllerManagerFlags(layout: Layout & { kubeconfigPath: string }): string[] {
  return [
    `--kubeconfig=${layout.kubeconfigPath}`,
    // Nodes without leases would become Unknown and their pods not ready; pod ranges are on the nodes already.
    "--controllers=*,-node-lifecycle-controller,-taint-eviction-controller,-node-ipam-controller",
    `--service-account-private-key-file=${layout.signingKey}`,
    `--root-ca-file=${path.join(layout.certificates, "apiserver.crt")}`,
    "--leader-elect=false",
    "--secure-port=0",
    "--profiling=false",
    // The defaults (20 a second) are for a shared control plane; here they are what a test would wait for.
    "--kube-api-qps=300",
    "--kube-api-burst=600",
    "--concurrent-service-endpoint-syncs=10",
  ];
}
