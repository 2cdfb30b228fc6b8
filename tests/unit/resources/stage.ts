/** A clusterset of memory members with the handlers configured for it, and what they said. */
import type { EndpointSlice, Service } from "../../../provider/mcs/api";
import { createFleet } from "../../../provider/reconcile/observe/fleet";
import type { Member } from "../../../provider/reconcile/member";
import { MemberError } from "../../../provider/reconcile/member-error";
import { useContext, type Context } from "../../../provider/resources/process/context";
import type { Line } from "../../../provider/resources/display/engine-log";
import { parseSettings, type Settings } from "../../../provider/resources/inputs/settings";
import { memoryMember, type MemoryMember, type MemoryOptions } from "../../support/memory-member";

export interface Stage {
  readonly members: Readonly<Record<string, MemoryMember>>;
  readonly lines: Line[];
  /** What was said and stays, without the warnings. */
  said(): readonly string[];
  warnings(): readonly string[];
  /** Number of writes in all members. */
  writes(): number;
  /** A new plugin process: same clusters and settings, nothing remembered. */
  restart(change?: Partial<Settings> & Restart): void;
  /** From now on the member does not answer. */
  silence(id: string): void;
  /** It answers again. */
  speak(id: string): void;
}

interface Restart {
  readonly pass?: Context["pass"]["is"];
  /** Members that the clusterset now has. @default all of the stage */
  readonly ids?: readonly string[];
  /** Those of them that are on their way out. */
  readonly leaving?: readonly string[];
  /** Those whose ranges the program does not give: their clusters are asked. */
  readonly learning?: readonly string[];
  /** `--continue-on-error`. @default false */
  readonly continuesOnError?: boolean;
  /** How the process reaches a member. @default as it is */
  readonly wrap?: (member: Member) => Member;
}

export interface StageOptions {
  readonly ids?: readonly string[];
  readonly settings?: Partial<Settings>;
  readonly member?: (id: string) => MemoryOptions;
}

export function stage({
  ids: all = ["member1", "member2"],
  settings = {},
  member = () => ({}),
}: StageOptions = {}): Stage {
  const unannounced = new Set<string>();
  const members = Object.fromEntries(
    all.map((id) => {
      const intercept = () => {
        if (unannounced.has(id)) throw new MemberError("unreachable", id, `cluster "${id}": no answer`);
      };
      return [id, memoryMember({ id, intercept, ...member(id) })];
    }),
  );
  const lines: Line[] = [];
  const restart: Stage["restart"] = ({
    pass = "real",
    ids = all,
    leaving = [],
    learning = [],
    continuesOnError = false,
    wrap,
    ...change
  } = {}) => {
    const reach = (id: string) => (wrap ? wrap(members[id]!) : members[id]!);
    const context: Context = {
      set: {
        clusters: ids.map((id, at) => ({
          id,
          kubeconfigPath: id,
          inCluster: false,
          labels: {},
          role: "both",
          leaving: leaving.includes(id),
          ...(!learning.includes(id) && { podCIDRs: [`10.${at}.0.0/17`], serviceCIDRs: [`10.${at}.128.0/17`] }),
        })),
        failures: [],
      },
      settings: { ...parseSettings(undefined), ...settings, ...change },
      members: new Map(ids.map((id) => [id, { labels: {}, role: "both", leaving: leaving.includes(id) }])),
      ...(leaving.length > 0 && { staying: ids.filter((id) => !leaving.includes(id)) }),
      fleet: createFleet({ ids, connect: async (id) => reach(id), clock: Date.now }),
      log: { write: async (line) => void lines.push(line) },
      continuesOnError,
      pass: pass === "unproved" ? { is: pass, why: "nobody knows" } : { is: pass },
    };
    useContext(context);
  };
  restart();
  const texts = (severity: string) =>
    lines.filter((line) => !line.ephemeral && (line.severity ?? "info") === severity).map(({ message }) => message);
  return {
    members,
    lines,
    said: () => texts("info"),
    warnings: () => texts("warning"),
    writes: () => Object.values(members).reduce((sum, it) => sum + it.writes().length, 0),
    restart,
    silence(id) {
      unannounced.add(id);
      members[id]?.endWatches({ reason: "closed" });
    },
    speak: (id) => void unannounced.delete(id),
  };
}

/** The walk-through's Service with ready pods. */
export function serve(member: MemoryMember, addresses: readonly string[] = ["10.0.0.5"]): void {
  const service: Service = {
    metadata: { namespace: "default", name: "serve" },
    spec: { type: "ClusterIP", selector: { app: "serve" }, ports: [{ port: 80, targetPort: 8080, protocol: "TCP" }] },
  };
  member.put("Service", service);
  pods(member, addresses);
}

/** As Kubernetes' controller writes them: ready, at these addresses. */
export function pods(member: MemoryMember, addresses: readonly string[]): void {
  const slice: EndpointSlice = {
    metadata: {
      namespace: "default",
      name: "serve-x7k2p",
      labels: {
        "kubernetes.io/service-name": "serve",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
      },
    },
    addressType: "IPv4",
    ports: [{ port: 8080, protocol: "TCP" }],
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
  };
  member.put("EndpointSlice", slice);
}
