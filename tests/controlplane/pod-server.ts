/** Answers for all pods of one member: the address and port that was called decide which pod speaks. */
import { createServer, type Server as HttpServer } from "node:http";
import type { Server, Socket } from "node:net";
import type { PodTraffic } from "./kubelet";

export interface PodServer extends PodTraffic {
  stop(): void;
}

/** `listen` opens a port on all addresses of the pods' namespace. It is called once a port. */
export function podServer(listen: (port: number) => Promise<Server>): PodServer {
  const pods = new Map<string, { ports: readonly number[]; answer: (address: string) => string }>();
  const listeners = new Map<number, Promise<Server>>();
  let stopped = false;

  const http: HttpServer = createServer((request, response) => {
    const address = plain(request.socket.localAddress);
    const pod = pods.get(address);
    response.writeHead(pod === undefined ? 503 : 200, { "content-type": "text/plain", connection: "close" });
    response.end(pod?.answer(address) ?? "");
  });

  function accept(port: number, socket: Socket): void {
    const pod = pods.get(plain(socket.localAddress));
    // A network without such a pod would refuse or swallow this; a reset is what a test need not wait for.
    if (pod?.ports.includes(port) === true) http.emit("connection", socket);
    else socket.on("error", () => {}).resetAndDestroy();
  }

  function open(port: number): void {
    const opening = listen(port).then((server) => {
      if (stopped) server.close();
      return server.on("connection", (socket) => accept(port, socket));
    });
    listeners.set(port, opening);
    // The next pod with this port tries again.
    opening.catch(() => listeners.delete(port));
  }

  return {
    serve: ({ addresses, ports, answer }) => {
      for (const address of addresses) pods.set(address, { ports, answer });
      for (const port of ports) if (!listeners.has(port)) open(port);
    },
    withdraw: (addresses) => addresses.forEach((address) => pods.delete(address)),
    stop: () => {
      stopped = true;
      for (const listener of listeners.values()) listener.then((server) => server.close()).catch(() => {});
      http.closeAllConnections();
    },
  };
}

/** IPv4 addresses come as `::ffff:10.11.0.1` on a socket of both families. */
function plain(address = ""): string {
  return address.replace(/^::ffff:/, "");
}
