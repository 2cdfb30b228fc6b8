/** The official releases of Kubernetes and etcd, which are for Linux. Base addresses: PULUMI_MCS_KUBERNETES_URL and PULUMI_MCS_ETCD_URL, for a mirror or a test. */
import type { ReleaseFile } from "../parts/release";
import { allComponents } from "./binaries";
import { versions } from "./versions";

/** @throws an Error where there is none for this platform */
export function releaseFiles(env: NodeJS.ProcessEnv): [ReleaseFile, ...ReleaseFile[]] {
  const arch = { x64: "amd64", arm64: "arm64" }[process.arch as string];
  if (process.platform !== "linux" || arch === undefined) {
    throw new Error(`there is no official kube-apiserver for ${process.platform}/${process.arch}`);
  }
  const { kubernetes, etcd } = versions();
  const base = `${env["PULUMI_MCS_KUBERNETES_URL"] ?? "https://dl.k8s.io"}/${kubernetes}/bin/linux/${arch}`;
  const etcdBase = `${env["PULUMI_MCS_ETCD_URL"] ?? "https://github.com/etcd-io/etcd/releases/download"}/${etcd}`;
  const name = `etcd-${etcd}-linux-${arch}`;
  const components = allComponents.filter((component) => component !== "etcd");
  return [
    {
      url: `${etcdBase}/${name}.tar.gz`,
      sums: `${etcdBase}/SHA256SUMS`,
      unpack: { within: name, programs: ["etcd"] },
    },
    ...components.map((component) => ({ url: `${base}/${component}`, sums: `${base}/${component}.sha256` })),
  ];
}
