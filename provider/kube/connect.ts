/** The way in: a kubeconfig and a context become a Member. */
import type { Member } from "../reconcile/member";
import type { WriteGate } from "../sync/seams/write-gate";
import { createClient } from "./api/client";
import { credentials, kubeconfigSource } from "./credentials/credentials";
import { type KubeconfigSource, selectContext } from "./credentials/kubeconfig";
import { invalid } from "./credentials/kubeconfig-error";
import { LIST_MAX_TIMEOUTS } from "./http/answer-limits";
import { createMember } from "./kube-member";
import { createTransport } from "./http/transport";
import { createWatchTransport, type WatchTimes } from "./watch/watch-transport";
import { streamClient } from "./watch/watches";

export interface ConnectOptions extends KubeconfigSource {
  /** Seconds for one request. Default 20; more than 0. Retries of one call start within as much again. */
  readonly timeoutSeconds?: number;
  /** Default: those that API servers are made for. */
  readonly watchTimes?: WatchTimes;
  /** Through which every write to this member goes. Default: always open. */
  readonly gate?: WriteGate;
}

/**
 * A member that shares one pool of kept-alive connections; idle ones do not keep the process running.
 * Nothing is sent yet, and no exec plugin is run: rejects only with MemberError `kubeconfig`.
 */
export async function connect(options: ConnectOptions): Promise<Member> {
  const { id, timeoutSeconds = 20 } = options;
  const selected = await selectContext(options);
  const timeoutMs = timeoutSeconds * 1_000;
  const { server, cluster } = selected;
  if (cluster.proxyUrl !== undefined && !/^(https?|socks5?):\/\//.test(cluster.proxyUrl)) {
    throw invalid(id, `the proxy-url of cluster "${cluster.name}" must begin with http://, https:// or socks5://`);
  }
  const way = { server, proxyUrl: cluster.proxyUrl, userAgent: userAgent() };
  const transport = createTransport({ ...way, timeoutMs, gate: options.gate });
  const watching = createWatchTransport({ ...way, connectMs: timeoutMs, times: options.watchTimes });
  const keys = credentials(await kubeconfigSource(selected));
  return createMember({
    id,
    server: server.origin,
    client: createClient({ transport, credentials: keys, budgetMs: timeoutMs }),
    stream: streamClient(watching, keys),
    watchSeconds: options.watchTimes?.seconds,
    listMs: timeoutMs * LIST_MAX_TIMEOUTS,
    close: async () => void (await Promise.all([transport.close(), watching.close()])),
  });
}

/** By the package's own name, so that it is found from the sources as from dist. */
function userAgent(): string {
  const { version } = require("pulumi-mcs/package.json") as { version: string };
  return `pulumi-mcs/${version}`;
}
