/** The process of watch-and-put.js. */
import { fork } from "node:child_process";
import { join } from "node:path";
import type { Between } from "../sync/workload";

/** Resolves when all that was there is in the importing member. What it returns ends it, and removes what it wrote. */
export async function startWatchAndPut({ members, namespace, exporter, importer }: Between) {
  const child = fork(join(__dirname, "watch-and-put.js"), {
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const work = (id: string) => {
    const { server, caPem, token } = members.access(id);
    return { server, caPem, token };
  };
  child.send({ from: work(exporter), to: work(importer), namespace });
  await new Promise<void>((resolve, reject) => {
    child.once("message", (said: "ready" | { readonly problem: string }) => {
      if (said === "ready") resolve();
      else reject(new Error(`watch and put: ${said.problem}`));
    });
    void gone.then(() => reject(new Error("watch and put: it ended early")));
  });
  return async () => {
    child.kill("SIGTERM");
    await gone;
    await members.api(importer)("DELETE", `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`);
  };
}
