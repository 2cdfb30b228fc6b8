/** Which Kubernetes versions a member may have. */

/** The oldest that serves `discovery.k8s.io/v1`, which EndpointSlices are read and written in. */
export const MINIMUM_VERSION = { major: 1, minor: 21 } as const;

/** E.g. 1.36. */
export interface Release {
  readonly major: number;
  readonly minor: number;
}

/** `MINIMUM_VERSION` or newer. */
export function isSupported({ major, minor }: Release): boolean {
  return major > MINIMUM_VERSION.major || (major === MINIMUM_VERSION.major && minor >= MINIMUM_VERSION.minor);
}
