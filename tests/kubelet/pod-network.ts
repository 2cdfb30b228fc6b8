/** A pod's own network namespace, at the end of a wire to its node: what a CNI plugin that routes would make. */
import { setTimeout as sleep } from "node:timers/promises";
import { ip } from "../controlplane/namespaces";
import { runCommand } from "../parts/command";

/** On the pod's side and on the node's, the same on every wire. */
const GATEWAY = { v4: "169.254.1.1", v6: "fe80::1" } as const;

export interface PodWire {
  /** Network namespace of the node. */
  readonly node: string;
  /** Of the pod; made here. */
  readonly pod: string;
  /** The node's end of the wire: at most 15 characters. */
  readonly device: string;
  readonly addresses: readonly string[];
}

export async function joinPod({ node, pod, device, addresses }: PodWire, env: NodeJS.ProcessEnv): Promise<void> {
  await ip(env, [`netns add ${pod}`, `link add eth0 netns ${pod} type veth peer name ${device} netns ${node}`]);
  const [inPod, onNode] = [["link set lo up", "link set eth0 up"], [`link set ${device} up`]];
  for (const address of addresses) {
    const v6 = address.includes(":");
    const [gate, own, check] = v6 ? [GATEWAY.v6, "128", " nodad"] : [GATEWAY.v4, "32", ""];
    onNode.push(`addr add ${gate}/${v6 ? 64 : 32} dev ${device}${check}`, `route add ${address}/${own} dev ${device}`);
    inPod.push(`addr add ${address}/${own} dev eth0${check}`);
    inPod.push(`route add ${v6 ? "::/0" : "0.0.0.0/0"} via ${gate} dev eth0 onlink src ${address}`);
  }
  await ip(env, onNode, node);
  await ip(env, inPod, pod);
}

/** Ends what runs in it, and removes it with its wire. One that is gone is no error. */
export async function leavePod(pod: string, env: NodeJS.ProcessEnv): Promise<void> {
  const gone = () => "";
  const inhabitants = await runCommand(["ip", "netns", "pids", pod], { env }).catch(gone);
  for (const pid of inhabitants.split("\n").filter((line) => line !== "")) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // Ended meanwhile.
    }
  }
  // The wire goes with the namespace, and that with the last process in it.
  if (inhabitants !== "") await sleep(20);
  await runCommand(["ip", "netns", "del", pod], { env }).catch(gone);
}
