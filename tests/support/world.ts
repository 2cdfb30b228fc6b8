/** A clusterset of memory members with a clock of its own: what other people do to it, what a run writes, and what then stands there. */
import assert from "node:assert/strict";
import type {
  Endpoint,
  EndpointSlice,
  IPFamily,
  Service,
  ServiceExport,
  ServiceImport,
  ServiceSpec,
} from "../../provider/mcs/api";
import { ANNOTATION, isOurs, LABEL } from "../../provider/mcs/marks";
import { derivedServiceName } from "../../provider/mcs/derive/names";
import { MemberError } from "../../provider/reconcile/member-error";
import type { MemberErrorCode } from "../../provider/reconcile/member-error";
import { createFleet } from "../../provider/reconcile/observe/fleet";
import type { Fleet } from "../../provider/reconcile/observe/fleet";
import type { Intent } from "../../provider/reconcile/intent";
import type { Clock } from "../../provider/reconcile/waiting";
import { destroy } from "../../provider/reconcile/destroy";
import { reconcile, preview } from "../../provider/reconcile/reconcile";
import type { DestroyOptions } from "../../provider/reconcile/destroy";
import { endpoint, KEY, OWNER } from "./builders";
import { memoryMember } from "./memory-member";
import type { MemoryMember, MemoryRequest } from "./memory-member";

export interface WorldOptions {
  /** Id → families of the cluster. */
  readonly families?: Readonly<Record<string, readonly IPFamily[]>>;
  /** Id → whether the CRDs are installed; they are by default. */
  readonly crds?: Readonly<Record<string, boolean>>;
}

export class World {
  readonly members: ReadonlyMap<string, MemoryMember>;
  readonly fleet: Fleet;
  /** Members that answer nothing now. */
  readonly unreachable = new Set<string>();
  /** Decides which requests are answered with a failure. */
  failing: ((request: MemoryRequest & { readonly member: string }) => MemberErrorCode | undefined) | undefined;
  /** Milliseconds that the clock of the machine of the next run is ahead of the clusters'. */
  machineAhead = 0;
  #now = Date.UTC(2026, 0, 1);
  /** Nobody waits in earnest. */
  readonly waiting: Clock = { now: () => this.#now, wait: async (ms) => void (this.#now += ms), jitter: () => 0 };

  constructor(ids: readonly string[], { families = {}, crds = {} }: WorldOptions = {}) {
    this.members = new Map(
      ids.map((id) => [
        id,
        memoryMember({
          id,
          ...(families[id] && { families: families[id] }),
          crds: crds[id] ?? true,
          now: () => new Date(this.#now),
          skewMs: () => -this.machineAhead,
          intercept: (request) => {
            const code = this.failing?.({ ...request, member: id });
            if (code) throw new MemberError(code, id, `cluster "${id}": ${request.verb} answers ${code}`);
            if (this.unreachable.has(id)) throw new MemberError("unreachable", id, `cluster "${id}": no answer`);
          },
        }),
      ]),
    );
    for (const member of this.members.values()) member.put("Namespace", { metadata: { name: KEY.namespace } });
    this.fleet = createFleet({
      ids,
      connect: async (id) => this.at(id),
      clock: () => this.#now + this.machineAhead,
      waiting: this.waiting,
    });
  }

  at(id: string): MemoryMember {
    return this.members.get(id) ?? assert.fail(`no member ${id}`);
  }

  /** Long enough that every reading is stale. */
  later(): void {
    this.#now += 60_000;
  }

  /** A Service as its owner applies it, with one slice of ready endpoints of port http. */
  service(id: string, addresses: readonly (string | Endpoint)[] = [], spec: Partial<ServiceSpec> = {}): Service {
    const made = this.at(id).put("Service", {
      metadata: { name: KEY.name, namespace: KEY.namespace },
      spec: { selector: { app: "serve" }, ports: [{ name: "http", protocol: "TCP", port: 80 }], ...spec },
    });
    this.slice(id, addresses, {
      ports: (made.spec.ports ?? []).map(({ name = "", protocol }) => ({ name, protocol, port: 8080 })),
    });
    return made;
  }

  /** As the EndpointSlice controller keeps it. */
  slice(
    id: string,
    addresses: readonly (string | Endpoint)[],
    rest: Partial<Pick<EndpointSlice, "ports" | "addressType">> & { readonly name?: string } = {},
  ): void {
    const { name = `${KEY.name}-x7k2p`, ...content } = rest;
    this.at(id).put("EndpointSlice", {
      metadata: {
        name,
        namespace: KEY.namespace,
        labels: { [LABEL.serviceName]: KEY.name, [LABEL.sliceManagedBy]: "endpointslice-controller.k8s.io" },
      },
      addressType: "IPv4",
      ports: [{ name: "http", protocol: "TCP", port: 8080 }],
      ...content,
      endpoints: addresses.map((a) => (typeof a === "string" ? endpoint(a) : a)),
    });
  }

  /** `kubectl apply` of an export. */
  export(id: string, spec?: ServiceExport["spec"], status?: ServiceExport["status"]): void {
    this.at(id).put("ServiceExport", {
      metadata: { name: KEY.name, namespace: KEY.namespace },
      ...(spec && { spec }),
      ...(status && { status }),
    });
  }

  /** `kubectl apply` of an import. */
  import(id: string, spec: Partial<ServiceImport["spec"]> = {}): void {
    this.at(id).put("ServiceImport", {
      metadata: { name: KEY.name, namespace: KEY.namespace },
      spec: { type: "ClusterSetIP", ports: [{ name: "http", protocol: "TCP", port: 80 }], ...spec },
    });
  }

  async reconcile(intent: Partial<Intent>): ReturnType<typeof reconcile> {
    this.later();
    return reconcile(this.fleet, intentOf(intent));
  }

  async preview(intent: Partial<Intent>): ReturnType<typeof preview> {
    this.later();
    this.fleet.expire();
    return preview(this.fleet, intentOf(intent));
  }

  async destroy(intent: Partial<Intent>, options?: DestroyOptions): ReturnType<typeof destroy> {
    this.later();
    return destroy(this.fleet, intentOf(intent), options);
  }

  /** What is written while `run` runs: "member1 create ServiceExport serve", in order. */
  async writesOf(run: () => Promise<unknown>): Promise<readonly string[]> {
    for (const member of this.members.values()) member.requests.length = 0;
    await run();
    return [...this.members].flatMap(([id, member]) =>
      member.writes().map((w) => `${id} ${w.verb} ${w.kind} ${w.name}`),
    );
  }

  async exported(id: string): Promise<ServiceExport | undefined> {
    return this.at(id).get("ServiceExport", KEY);
  }

  async imported(id: string): Promise<ServiceImport | undefined> {
    return this.at(id).get("ServiceImport", KEY);
  }

  async derived(id: string, name = derivedServiceName(KEY)): Promise<Service | undefined> {
    return this.at(id).get("Service", { namespace: KEY.namespace, name });
  }

  async importedSlices(id: string): Promise<readonly EndpointSlice[]> {
    return this.at(id).list("EndpointSlice", { labelSelector: `${LABEL.importName}=${KEY.name}` });
  }

  /** "member1 10.1.0.5" for every endpoint that an importer holds; "!" marks one that is not ready. */
  async endpoints(id: string): Promise<readonly string[]> {
    const slices = await this.importedSlices(id);
    return slices
      .flatMap((slice) =>
        (slice.endpoints ?? []).map(
          (e) =>
            `${slice.metadata.labels?.[LABEL.sourceCluster]} ${e.addresses.join()}${e.conditions?.ready === false ? "!" : ""}`,
        ),
      )
      .sort();
  }

  /** "Valid=True/Valid" for each condition of an export or import. */
  async conditions(id: string, kind: "ServiceExport" | "ServiceImport" = "ServiceExport"): Promise<readonly string[]> {
    const object = await this.at(id).get(kind, KEY);
    return (object?.status?.conditions ?? []).map((c) => `${c.type}=${c.status}/${c.reason}`);
  }

  async message(id: string, type: string, kind: "ServiceExport" | "ServiceImport" = "ServiceExport"): Promise<string> {
    const object = await this.at(id).get(kind, KEY);
    return object?.status?.conditions?.find((c) => c.type === type)?.message ?? "";
  }

  /** Everything that carries our mark or our annotations: "member2 Service derived-serve". Events expire by themselves. */
  async ours(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const [id, member] of this.members) {
      for (const kind of ["ServiceExport", "ServiceImport", "Service", "EndpointSlice"] as const) {
        for (const object of await member.list(kind)) {
          if (isOurs(object) || object.metadata.annotations?.[ANNOTATION.owner])
            found.push(`${id} ${kind} ${object.metadata.name}`);
        }
      }
    }
    return found;
  }
}

/** Exports from member1 to member2 unless told otherwise. */
export function intentOf(intent: Partial<Intent>): Intent {
  return { key: KEY, owner: OWNER, exportFrom: ["member1"], importTo: ["member2"], adopt: false, ...intent };
}
