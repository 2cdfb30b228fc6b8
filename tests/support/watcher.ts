/** Somebody who calls a service all the time: polls an importing member, and tells every moment in which nothing would have answered. */
import { setTimeout as sleep } from "node:timers/promises";
import type { EndpointSlice, KubeObject } from "../../provider/mcs/api";
import { isReady } from "../../provider/mcs/derive/endpoints";
import { ANNOTATION, LABEL } from "../../provider/mcs/marks";
import { type AdminClient, ApiError } from "../controlplane/admin";

type Api = AdminClient["api"];

const EVERY_MS = 20;

export interface Watched {
  readonly api: Api;
  readonly namespace: string;
  /** Of the ServiceImport. */
  readonly name: string;
}

export interface Watch {
  readonly polls: number;
  /** One line a poll that found no ready endpoint, with what it looked at; empty when there was always one. */
  readonly gaps: readonly string[];
  /** Longest time that the derived Service itself was away, in ms, as far as the polls tell; 0 when it never was. */
  readonly serviceAwayMs: number;
}

export interface Watcher {
  /** Ends it, after a last poll. Rejects where the member could not be polled. */
  stop(): Promise<Watch>;
}

/**
 * Polls every 20 ms, by both ways on which consumers find endpoints: the import's slices by the label of the MCS API, and those that kube-proxy
 * joins to the Service that the import names. Start it once the service answers.
 */
export function watchEndpoints(watched: Watched): Watcher {
  const gaps: string[] = [];
  let polls = 0;
  let awaySince: number | undefined;
  let serviceAwayMs = 0;
  let ended = false;

  async function poll(): Promise<void> {
    const { imported, joined, service } = await look(watched);
    polls += 1;
    if (imported === 0) gaps.push(`poll ${polls}: no ready endpoint with the import's label`);
    if (joined.ready === 0) gaps.push(`poll ${polls}: no ready endpoint of Service ${joined.derived}`);
    awaySince = service ? undefined : (awaySince ?? Date.now());
    if (awaySince !== undefined) serviceAwayMs = Math.max(serviceAwayMs, Date.now() - awaySince);
  }
  const done = (async () => {
    for (; !ended; await sleep(EVERY_MS)) await poll();
    await poll();
  })();
  // Told by `stop`; a rejection that nobody waits for yet would end the process.
  done.catch(() => undefined);
  return {
    async stop() {
      ended = true;
      await done;
      return { polls, gaps, serviceAwayMs };
    },
  };
}

async function look(watched: Watched) {
  const { api, namespace, name } = watched;
  for (;;) {
    const derived = await derivedName(watched);
    const [imported, joined, service] = await Promise.all([
      readyBy(watched, `${LABEL.importName}=${name}`),
      readyBy(watched, `${LABEL.serviceName}=${derived}`),
      get(api, `/api/v1/namespaces/${namespace}/services/${derived}`),
    ]);
    // The import may have been told another Service between the two requests: a caller would have looked it up anew.
    if (joined > 0 || derived === (await derivedName(watched)))
      return { imported, joined: { derived, ready: joined }, service };
  }
}

async function derivedName({ api, namespace, name }: Watched): Promise<string> {
  const path = `/apis/multicluster.x-k8s.io/v1beta1/namespaces/${namespace}/serviceimports/${name}`;
  return (await get(api, path))?.metadata.annotations?.[ANNOTATION.derivedService] ?? "";
}

async function readyBy({ api, namespace }: Watched, selector: string): Promise<number> {
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  const { items } = (await api("GET", `${path}?labelSelector=${encodeURIComponent(selector)}`)) as {
    items: readonly EndpointSlice[];
  };
  return items.flatMap(({ endpoints }) => endpoints ?? []).filter(isReady).length;
}

async function get(api: Api, path: string): Promise<KubeObject | undefined> {
  try {
    return (await api("GET", path)) as KubeObject;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
