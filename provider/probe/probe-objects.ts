/** PURE. The objects of a probe: short-lived, least privileged, and marked so that the next run finds what one that was killed left. */
import type { KubeObject, Pod, Service } from "../mcs/api";
import { MANAGER } from "../mcs/marks";
import { PORT } from "./probe-script";

/** On every object of a probe: the run that made it. */
export const PROBE_LABEL = `${MANAGER}/probe`;
/** RFC 3339: from then on the run is over, however it ended. */
export const EXPIRES = `${MANAGER}/probe-expires`;

export interface Run {
  /** Five lower-case letters and digits. */
  readonly id: string;
  readonly namespace: string;
  readonly image: string;
  /** RFC 3339. */
  readonly expires: string;
  /** Seconds that a pod may run at most; the kubelet ends it then, whoever is still there. */
  readonly podSeconds: number;
}

/** Of the server in the member with this place, its Service, export, import and derived Service. */
export function serverName({ id }: Pick<Run, "id">, number: number): string {
  return `mcs-probe-${id}-${number}`;
}

/** The mark of whoever makes the run's exports and imports. */
export function ownerOf(id: string): string {
  return `pulumi-mcs-probe/${id}`;
}

function metadata(run: Run, name: string): KubeObject["metadata"] {
  return {
    name,
    namespace: run.namespace,
    labels: { [PROBE_LABEL]: run.id, "app.kubernetes.io/managed-by": MANAGER, "app.kubernetes.io/name": name },
    annotations: { [EXPIRES]: run.expires },
  };
}

export function probePod(run: Run, name: string, script: string): Pod {
  return {
    metadata: metadata(run, name),
    spec: {
      restartPolicy: "Never",
      activeDeadlineSeconds: run.podSeconds,
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      // What the profile "restricted" of Pod Security admission asks for.
      securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "main",
          image: run.image,
          command: ["sh", "-c", script],
          ports: [{ containerPort: PORT, protocol: "TCP" }],
          resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi" } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
        },
      ],
      volumes: [{ name: "tmp", emptyDir: { sizeLimit: "8Mi" } }],
    },
  };
}

export function probeService(run: Run, number: number): Service {
  const name = serverName(run, number);
  return {
    metadata: metadata(run, name),
    spec: {
      selector: { [PROBE_LABEL]: run.id, "app.kubernetes.io/name": name },
      ipFamilyPolicy: "PreferDualStack",
      ports: [{ name: "http", port: PORT, targetPort: PORT, protocol: "TCP" }],
    },
  };
}

/** The run that made an object of a probe, where it is over. */
export function expiredRun({ metadata: { labels, annotations } }: KubeObject, now: number): string | undefined {
  const id = labels?.[PROBE_LABEL];
  const expires = Date.parse(annotations?.[EXPIRES] ?? "");
  return id !== undefined && expires <= now ? id : undefined;
}
