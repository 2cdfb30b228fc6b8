/** Free loopback ports. */
import { once } from "node:events";
import { createServer } from "node:net";

// Below what Linux, macOS and Windows hand out for outgoing connections: a port from there may be taken by one of those
// between our look and the listener's start, and then the second of two clusters fails now and then.
const lowest = 18_000;
const highest = 31_999;

/** `count` ports of 127.0.0.1 between 18000 and 31999 that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    server.close();
    await once(server, "close");
    return true;
  } catch {
    return false;
  }
}
