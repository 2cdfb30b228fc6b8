/**
 * Cleans up after a run, however it ends. A shell in a session of its own reads from a pipe what belongs to the run; when
 * the pipe closes, because the run is done or because its process died (by SIGKILL too), it kills and removes all of it.
 * Stopping normally takes the same way, so the way is used every time.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

const script = `
processes= ; namespaces= ; folders=
while read -r verb value; do
  case $verb in
    process) processes="$processes $value" ;;
    ended) kept= ; for one in $processes; do [ "$one" = "$value" ] || kept="$kept $one"; done; processes=$kept ;;
    namespace) namespaces="$namespaces $value" ;;
    path) PATH=$value ;;
    libraries) export LD_LIBRARY_PATH="$value" ;;
    folder) folders="$folders
$value" ;;
  esac
done
for one in $processes; do kill -9 "-$one"; kill -9 "$one"; done
for one in $namespaces; do ip netns pids "$one" | xargs -r kill -9; ip netns del "$one"; done
IFS='
'
for attempt in 1 2 3; do
  rm -rf $folders && break
  sleep 0.2
done
`;

export interface Watchdog {
  /** Kill this process, and its group if it leads one, at the end. */
  process(pid: number): void;
  /** It ended by itself: its id may soon be another's. */
  ended(pid: number): void;
  /** Remove this network namespace, and all that is in it, at the end. */
  namespace(name: string): void;
  /** Where it finds `ip`, if there are namespaces to remove. */
  tools(env: NodeJS.ProcessEnv): void;
  /** Remove this folder at the end, after the processes that write to it. */
  folder(path: string): void;
  /** The end: resolves when everything is gone. May be called more than once. */
  finish(): Promise<void>;
}

/** Starts one. Needs nothing but a POSIX shell. */
export function startWatchdog(): Watchdog {
  const child: ChildProcess = spawn("/bin/sh", ["-c", script], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  const exited = once(child, "exit");
  // A run that forgot to stop must still be able to end: it is the end that this waits for.
  child.unref();
  const say = (verb: string, value: string | number) => void child.stdin?.write(`${verb} ${value}\n`);
  return {
    process: (pid) => say("process", pid),
    ended: (pid) => say("ended", pid),
    namespace: (name) => say("namespace", name),
    tools: (env) => {
      say("path", env["PATH"] ?? "");
      if (env["LD_LIBRARY_PATH"] !== undefined) say("libraries", env["LD_LIBRARY_PATH"]);
    },
    folder: (path) => say("folder", path),
    finish: async () => {
      child.ref();
      child.stdin?.end();
      await exited;
    },
  };
}
