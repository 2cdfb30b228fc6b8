/** `/metrics`, `/healthz` and `/readyz` over HTTP: for Prometheus and for the kubelet. No secret passes here, and nothing can be changed. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface HealthServerOptions {
  /** 0: any that is free. */
  readonly port: number;
  /** Default: every address of the machine, as the kubelet asks from outside of the pod. */
  readonly host?: string;
  readonly metrics: { text(): Promise<string>; readonly contentType: string };
  /** Why the process is not ready yet, on one line; undefined: it is. */
  readonly notReady: () => string | undefined;
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

const TEXT = "text/plain; charset=utf-8";

/** Rejects where the port is not to be had, with what to do. Keeps no process running. */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const { metrics, notReady, port, host } = options;

  async function answer(path: string): Promise<readonly [status: number, text: string, type?: string]> {
    if (path === "/metrics") return [200, await metrics.text(), metrics.contentType];
    // That it answers is all that there is to tell: its event loop turns.
    if (path === "/healthz") return [200, "ok\n"];
    if (path !== "/readyz") return [404, "there are /metrics, /healthz and /readyz\n"];
    const why = notReady();
    return why === undefined ? [200, "ok\n"] : [503, `${why}\n`];
  }

  const server = createServer(({ method, url = "" }, response) => {
    if (method !== "GET" && method !== "HEAD") return send(response, [405, "GET only\n"]);
    const { pathname } = new URL(url, "http://localhost");
    answer(pathname).then(
      (given) => send(response, given),
      () => send(response, [500, "the metrics could not be told\n"]),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", ({ code }: NodeJS.ErrnoException) =>
      reject(new Error(`port ${port} for metrics and health cannot be had (${code}): give another one, or 0 for none`)),
    );
    server.listen({ port, host }, resolve);
  });
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, [status, text, type = TEXT]: readonly [number, string, string?]): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text) }).end(text);
}
