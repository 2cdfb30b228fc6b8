/** The version of a CoreDNS, as the tag of its image tells it: whether it has the option `multicluster`. */

export interface CoreDnsVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** coredns/coredns#7266: the first release whose plugin `kubernetes` knows the option. An older one does not start with it. */
const MULTICLUSTER_SINCE: CoreDnsVersion = { major: 1, minor: 12, patch: 2 };

/** `1.12.2`, `v1.11.4-eksbuild.2`; undefined for what begins with no version. */
export function parseCoreDnsVersion(text: string): CoreDnsVersion | undefined {
  const [, major, minor, patch] = /^v?(\d{1,4})\.(\d{1,4})\.(\d{1,4})(?![\d.])/.exec(text) ?? [];
  return major === undefined ? undefined : { major: Number(major), minor: Number(minor), patch: Number(patch) };
}

/** Of an image, e.g. `registry.k8s.io/coredns/coredns:v1.12.1`; undefined where its tag is no version, or a digest stands for it. */
export function imageVersion(image: string): CoreDnsVersion | undefined {
  const [, tag] = /:([^:/]+)$/.exec(image.split("@")[0]!) ?? [];
  return tag === undefined ? undefined : parseCoreDnsVersion(tag);
}

export function versionText({ major, minor, patch }: CoreDnsVersion): string {
  return `${major}.${minor}.${patch}`;
}

export function knowsMulticluster(version: CoreDnsVersion): boolean {
  const since = MULTICLUSTER_SINCE;
  return (version.major - since.major || version.minor - since.minor || version.patch - since.patch) >= 0;
}
