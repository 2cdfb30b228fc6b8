/** A real pod network between the members. */
import type { Binaries } from "./binaries";
import type { PodTraffic } from "./kubelet";
import type { Progress } from "./progress";
import type { MemberOptions, Ranges } from "./ranges";
import type { Watchdog } from "./watchdog";

export interface Network {
  callerNamespace(id: string): string;
  pods(id: string): PodTraffic;
  startProxy(id: string, options: { folder: string; server: string; kubeconfigPath: string }): Promise<void>;
  call(id: string, url: string): Promise<string>;
  stop(): Promise<void>;
}
export async function startNetwork(_options: {
  members: readonly { member: MemberOptions; ranges: Ranges }[];
  binaries: Binaries;
  watchdog: Watchdog;
  progress: Progress;
}): Promise<Network> {
  throw new Error("network: not yet");
}
