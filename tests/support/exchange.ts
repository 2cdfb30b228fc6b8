/** What one request and its answer took on the caller's connection to the proxy. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Passage } from "./proxy";

/** Of a watch: all of it, when it has ended. */
export interface Exchange extends Passage {
  /** Bytes, heads included, compressed where they were. */
  readonly sent: number;
  readonly received: number;
  /** Milliseconds, as `performance.now()` tells them. */
  readonly begun: number;
  readonly ended: number;
  /** Of the request, as text; empty where there is none. */
  readonly body: string;
  /** Of the body. */
  readonly contentType: string;
}

/** Connection → bytes that its earlier exchanges took. */
const counted = new WeakMap<Socket, { readonly read: number; readonly written: number }>();

/**
 * Calls `onExchange` when the answer has been sent, or its connection broke. Returns what takes the request's body: nobody may listen for it
 * before it is passed on, or the part that came until then is lost to the server.
 */
export function followExchange(
  passage: Passage,
  { socket, headers }: IncomingMessage,
  outgoing: ServerResponse,
  onExchange: (exchange: Exchange) => void,
): (incoming: IncomingMessage) => void {
  const begun = performance.now();
  const chunks: Buffer[] = [];
  outgoing.once("close", () => {
    const before = counted.get(socket) ?? { read: 0, written: 0 };
    const now = { read: socket.bytesRead, written: socket.bytesWritten };
    counted.set(socket, now);
    onExchange({
      ...passage,
      sent: now.read - before.read,
      received: now.written - before.written,
      begun,
      ended: performance.now(),
      body: Buffer.concat(chunks).toString("utf8"),
      contentType: headers["content-type"] ?? "",
    });
  });
  return (incoming) => void incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
}
