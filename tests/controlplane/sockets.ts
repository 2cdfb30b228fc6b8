/**
 * Sockets in another network namespace, used by this process: a socket stays in the namespace in which it was made, so a
 * short-lived child makes it there and hands it over. No process has to live in the namespace.
 */
import { spawn } from "node:child_process";
import type { Server } from "node:net";
import { runCommand } from "../parts/command";
import { inside } from "./namespaces";

const listenScript = `
const server = require("node:net").createServer();
server.listen({ host: process.argv[1], port: Number(process.argv[2]) }, () =>
  process.send("listening", server, () => process.exit(0)));
`;

const callScript = `
const request = require("node:http").get(process.argv[1], { agent: false, timeout: 5000 }, (answer) => {
  let body = "";
  answer.on("data", (chunk) => (body += chunk)).on("end", () => {
    if (answer.statusCode === 200) process.stdout.write(body);
    else fail("answered " + answer.statusCode);
  }).on("error", (error) => fail(error.message));
});
request.on("timeout", () => fail("no answer within 5 s")).on("error", (error) => fail(error.message));
function fail(why) { process.stderr.write(why); process.exit(1); }
`;

/** Listens at `host` and `port` in `namespace`. @throws with the reason, e.g. that the address is in use. */
export function listenIn(
  namespace: string,
  address: { host: string; port: number },
  env: NodeJS.ProcessEnv,
): Promise<Server> {
  const node = [process.execPath, "-e", listenScript, address.host, String(address.port)];
  const [program = "", ...args] = inside(namespace, node);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe", "ipc"], env });
    let complaint = "";
    child.stderr?.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
    child.once("message", (_message, handle) => resolve(handle as Server));
    child.once("error", reject);
    // After "message" this does nothing.
    child.once("close", () => {
      const why = complaint.split("\n").find((line) => line.startsWith("Error")) ?? complaint;
      reject(new Error(`cannot listen on ${address.host}:${address.port} in ${namespace}: ${why}`));
    });
  });
}

/** Requests `url` from `namespace` over a new connection and returns the body. @throws with the reason after at most 5 s. */
export async function callFrom(namespace: string, url: string, env: NodeJS.ProcessEnv): Promise<string> {
  try {
    return await runCommand(inside(namespace, [process.execPath, "-e", callScript, url]), { env });
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^.*?: /s, "") : String(error);
    throw new Error(`${url} from ${namespace}: ${why}`);
  }
}
