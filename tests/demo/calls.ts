/** What the demo asks from a pod of member2, and of the package's command. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { waitFor } from "../controlplane/wait";
import { findCoreDns } from "../coredns/find";
import { containersUnavailable } from "../kubelet/door";
import { execInPod } from "../support/exec-in-pod";
import type { DemoClusters } from "./clusters";
import type { Screen } from "./screen";

/** The name that the KEP gives to a service of the clusterset. */
export const serveHost = "serve.default.svc.clusterset.local";

interface Calling {
  readonly screen: Screen;
  readonly clusters: DemoClusters;
  /** Why pods cannot be called here; undefined where they can. */
  readonly noNetwork: string | undefined;
}

/** What `pulumi-mcs` prints. */
export async function command(args: readonly string[]): Promise<string> {
  const main = path.join(__dirname, "../../dist/provider/cli/main.js");
  return (await promisify(execFile)(process.execPath, [main, ...args])).stdout.trimEnd();
}

/** Why pods cannot call here; undefined where they can. */
export async function obstacleOf(progress: (text: string) => void): Promise<string | undefined> {
  const obstacle = await containersUnavailable(progress);
  if (obstacle !== undefined) return obstacle;
  try {
    await findCoreDns({ progress });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Runs the pod `call` in member2. */
export async function startCaller({ screen, clusters }: Calling): Promise<void> {
  const image = "busybox:1.37";
  screen.line(`$ kubectl --context member2 run call --image=${image} -- sleep 3600`);
  const containers = [{ name: "main", image, command: ["sleep", "3600"] }];
  const pods = "/api/v1/namespaces/default/pods";
  const { api } = clusters.member2;
  await api("POST", pods, { metadata: { name: "call" }, spec: { containers } });
  await waitFor("pod call to run", async () => {
    const { status } = (await api("GET", `${pods}/call`)) as { status?: { phase?: string } };
    return status?.phase === "Running" || undefined;
  });
}

/** Calls until each of `pods` pods has answered: kube-proxy chooses one anew for each connection. */
export async function call({ screen, clusters, noNetwork }: Calling, pods: number): Promise<void> {
  if (noNetwork !== undefined) {
    screen.line(`(not called: ${noNetwork})`);
    return;
  }
  const get = ["wget", "-q", "-O", "-", `http://${serveHost}/`];
  screen.line(`$ kubectl --context member2 exec call -- ${get.join(" ")}`);
  const kubeconfig = readFileSync(clusters.member2.adminKubeconfigPath, "utf8");
  const answers = new Set<string>();
  await waitFor(`answers of ${pods} pods`, async () => {
    const { stdout: answer } = await execInPod({ kubeconfig, pod: "call" }, ["timeout", "5", ...get]);
    if (answer === "") return undefined;
    if (!answers.has(answer)) screen.line(answer.trim());
    return answers.add(answer).size >= pods ? true : undefined;
  });
  const all = [...answers].every((answer) => answer.startsWith("hello from cluster member1 "));
  screen.check(`${pods === 1 ? "a pod" : `${pods} pods`} of member1 answered`, all, [...answers].join(", "));
}
