/** What the fake kubelet reads of a Pod and what it reports: a status as of a pod whose containers run. */

/** On a Pod: "false" makes its containers run but not be ready, anything else or nothing ready. Change it to flip readiness. */
export const readyAnnotation = "tests.pulumi-mcs/ready";
/** On a Pod: how many milliseconds it stays, terminating, after its deletion. Default 300; never over its own grace period. */
export const lingerAnnotation = "tests.pulumi-mcs/linger-ms";

const defaultLingerMs = 300;

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
  }[];
  readonly ports?: readonly { readonly containerPort: number; readonly protocol?: string }[];
}

/** As in `status.containerStatuses`. */
export type ContainerState =
  | { readonly running: { readonly startedAt: string } }
  | {
      readonly terminated: {
        readonly exitCode: number;
        readonly reason: string;
        readonly message: string;
        readonly startedAt: string;
        readonly finishedAt: string;
      };
    };

export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly Container[];
    readonly schedulingGates?: readonly object[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly podIPs?: readonly { readonly ip: string }[];
    readonly startTime?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

export function wantsReady(pod: Pod): boolean {
  return pod.metadata.annotations?.[readyAnnotation] !== "false";
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/** TCP ports that its containers declare. */
export function tcpPorts(pod: Pod): number[] {
  const ports = pod.spec.containers.flatMap((container) => container.ports ?? []);
  return ports.filter(({ protocol }) => (protocol ?? "TCP") === "TCP").map(({ containerPort }) => containerPort);
}

/** How long a deleted pod stays, in milliseconds. */
export function lingerMs(pod: Pod): number {
  const asked = Number(pod.metadata.annotations?.[lingerAnnotation] ?? defaultLingerMs);
  return Math.min(asked, (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000);
}

/** Whether its status already says what `runningStatus` would. */
export function isReported(pod: Pod): boolean {
  return pod.status?.phase === "Running" && pod.status.podIP !== undefined && isReady(pod) === wantsReady(pod);
}

/**
 * A strategic merge patch body for `pods/status`. `states`: of containers whose commands are run, by name; default: all run. None is
 * started again, whatever the pod's restart policy.
 */
export function runningStatus(
  pod: Pod,
  addresses: { pod: readonly string[]; host: readonly string[] },
  states: ReadonlyMap<string, ContainerState> = new Map(),
): object {
  const now = new Date().toISOString();
  const ends = [...states.values()].flatMap((state) => ("terminated" in state ? [state.terminated.exitCode] : []));
  const over = states.size > 0 && ends.length === states.size;
  const ready = wantsReady(pod) && ends.length === 0;
  const condition = (type: string, value: boolean) => ({
    type,
    status: value ? "True" : "False",
    lastTransitionTime: now,
    ...(value ? {} : { reason: "ContainersNotReady", message: `annotation ${readyAnnotation} is "false"` }),
  });
  return {
    // A pod of the same name that came meanwhile must not get this one's addresses.
    metadata: { uid: pod.metadata.uid },
    status: {
      phase: !over ? "Running" : ends.every((code) => code === 0) ? "Succeeded" : "Failed",
      startTime: pod.status?.startTime ?? now,
      hostIP: addresses.host[0],
      hostIPs: addresses.host.map((ip) => ({ ip })),
      podIP: addresses.pod[0],
      podIPs: addresses.pod.map((ip) => ({ ip })),
      conditions: [
        condition("PodScheduled", true),
        condition("PodReadyToStartContainers", true),
        condition("Initialized", true),
        condition("ContainersReady", ready),
        condition("Ready", ready),
      ],
      containerStatuses: pod.spec.containers.map(({ name, image }) => ({
        name,
        image,
        imageID: `fake://${image}`,
        containerID: `fake://${pod.metadata.uid}/${name}`,
        ready,
        started: true,
        restartCount: 0,
        state: states.get(name) ?? { running: { startedAt: now } },
      })),
    },
  };
}
