/** Peak memory of the plugin processes that run meanwhile, as the kernel accounts it (VmHWM). Linux only. */
import { readdirSync, readFileSync } from "node:fs";

const EVERY_MS = 50;

export interface MemoryWatch {
  /** MiB of the largest plugin process seen; undefined where the system does not tell. */
  stop(): number | undefined;
}

export function watchPluginMemory(): MemoryWatch {
  let peak: number | undefined;
  const look = () => {
    for (const mib of pluginPeaks()) peak = Math.max(peak ?? 0, mib);
  };
  const timer = setInterval(look, EVERY_MS);
  return {
    stop() {
      look();
      clearInterval(timer);
      return peak;
    },
  };
}

function pluginPeaks(): readonly number[] {
  return processes().flatMap((pid) => {
    if (!read(`/proc/${pid}/cmdline`).includes("cmd/dynamic-provider") || !isOurs(Number(pid))) return [];
    const kib = /^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1];
    return kib ? [Number(kib) / 1024] : [];
  });
}

/** Another benchmark or test may run on the same machine. */
function isOurs(pid: number): boolean {
  for (let at = pid; at > 1;) {
    if (at === process.pid) return true;
    at = Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${at}/status`))?.[1] ?? 0);
  }
  return false;
}

function processes(): readonly string[] {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** A process may end between two reads. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
