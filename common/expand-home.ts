/** Paths as people write them. */
import { homedir } from "node:os";
import { resolve } from "node:path";

/** The folder that `~` stands for is the home of whoever runs the process. */
export function expandHome(path: string): string {
  return path === "~" || path.startsWith("~/") ? resolve(homedir(), path.slice(2)) : resolve(path);
}
