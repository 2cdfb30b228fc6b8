/** The pods and Services of tests/e2e/conformance.test.ts: every server tells its cluster to whoever connects. */
import type { Service, ServicePort } from "../../provider/mcs/api";
import type { AdminClient } from "../controlplane/admin";
import type { Pod } from "../controlplane/pods";
import { waitFor } from "../controlplane/wait";

export const NAMESPACE = "shop";
export const ids = ["member1", "member2"] as const;
export type Id = (typeof ids)[number];

/** Of one service: the ports that it has in each member, and who exports it. `db` pods are behind a headless one, `hello` pods behind all others. */
export interface Served extends Readonly<Partial<Record<Id, readonly ServicePort[]>>> {
  readonly exportedBy: readonly Id[];
}

const SERVER_PORT = 8080;
const REPLICAS = 2;

export function port(name: string, number: number, protocol: "TCP" | "UDP" = "TCP"): ServicePort {
  return { name, port: number, targetPort: SERVER_PORT, protocol };
}

/** Ports of a Service that is headless. */
export function headless(): readonly ServicePort[] {
  return [port("tcp", SERVER_PORT)];
}

/** Resolves when the pods of `id` run, with the addresses of its servers: they may not listen yet. */
export async function serving(
  id: Id,
  api: AdminClient["api"],
  services: Readonly<Record<string, Served>>,
): Promise<readonly string[]> {
  await api("POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
  const core = `/api/v1/namespaces/${NAMESPACE}`;
  const apps = `/apis/apps/v1/namespaces/${NAMESPACE}`;
  await api("POST", `${core}/pods`, {
    metadata: { name: "client" },
    spec: { containers: [{ name: "main", image: TOOLBOX, command: ["sleep", "600"] }] },
  });
  await api("POST", `${apps}/deployments`, { metadata: { name: "hello" }, spec: controlled("hello", id) });
  const set = { ...controlled("db", `${id} $POD`), serviceName: "db", podManagementPolicy: "Parallel" };
  await api("POST", `${apps}/statefulsets`, { metadata: { name: "db" }, spec: set });
  for (const [name, { [id]: ports }] of Object.entries(services)) {
    if (ports === undefined) continue;
    const isHeadless = name === "db";
    const spec: Service["spec"] = {
      selector: { app: isHeadless ? "db" : "hello" },
      ipFamilyPolicy: "PreferDualStack",
      ports: [...ports],
      ...(isHeadless && { clusterIP: "None" }),
    };
    await api("POST", `${core}/services`, { metadata: { name }, spec });
  }
  return waitFor(`the pods of ${id}`, async () => {
    const { items } = (await api("GET", `${core}/pods`)) as { items: readonly Pod[] };
    const running = items.filter(({ status }) => status?.phase === "Running");
    if (running.length < 2 * REPLICAS + 1) return undefined;
    const servers = running.filter(({ metadata }) => metadata.name !== "client");
    return servers.map(({ status }) => status?.podIPs?.[0]?.ip ?? "");
  });
}

/** Any image of this name has nc, socat and BusyBox (tests/kubelet). */
const TOOLBOX = "nicolaka/netshoot";

function controlled(app: string, says: string) {
  // What came is read first: a connection that is closed over unread bytes is reset, and its answer may be lost.
  const listen = (protocol: string) =>
    `socat ${protocol}6-LISTEN:${SERVER_PORT},fork,reuseaddr,ipv6only=0 SYSTEM:'read line; echo ${says}'`;
  const command = `${listen("UDP")} & exec ${listen("TCP")}`;
  const env = [{ name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }];
  const containers = [{ name: "main", image: TOOLBOX, command: ["sh", "-c", command], env }];
  return {
    replicas: REPLICAS,
    selector: { matchLabels: { app } },
    template: { metadata: { labels: { app } }, spec: { containers } },
  };
}
