// Nothing that an engine started outlives this process, even when it is ended in the middle of an operation.
import type { ChildProcess } from "node:child_process";

const running = new Map<ChildProcess, NodeJS.Signals>();
let watching = false;

/** @param signal what `child` gets when this process ends before it: SIGINT for one that ends its own children on it */
export function endWithUs(child: ChildProcess, signal: "SIGKILL" | "SIGINT"): void {
  running.set(child, signal);
  child.once("close", () => running.delete(child));
  if (watching) return;
  watching = true;
  process.once("exit", () => running.forEach((wanted, left) => left.kill(wanted)));
  // Without a listener these would end the process without its `exit`.
  for (const [name, code] of [
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)
    process.once(name, () => process.exit(code));
}
