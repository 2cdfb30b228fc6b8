/** `kubectl exec`, by the client that Node programs use. */
import { Writable } from "node:stream";
import { Exec, KubeConfig, type V1Status } from "@kubernetes/client-node";

export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  /** `Success`, or `Failure` with the exit code among its causes. */
  readonly status: V1Status;
}

export interface PodPlace {
  /** Contents, YAML. */
  readonly kubeconfig: string;
  readonly pod: string;
  /** Default: `default`. */
  readonly namespace?: string;
  /** Default: `main`. */
  readonly container?: string;
}

/** Runs `command` in a container to its end. @throws when the API server or the kubelet refuses */
export function execInPod(place: PodPlace, command: readonly string[]): Promise<Said> {
  const { pod, namespace = "default", container = "main" } = place;
  const config = new KubeConfig();
  config.loadFromString(place.kubeconfig);
  const [stdout, stderr] = [new Sink(), new Sink()];
  return new Promise((resolve, reject) => {
    let status: V1Status = {};
    const told = (one: V1Status) => (status = one);
    // The status may come before the last of the output; the end of the connection comes after both.
    const ended = () => resolve({ stdout: stdout.text, stderr: stderr.text, status });
    new Exec(config)
      .exec(namespace, pod, container, [...command], stdout, stderr, null, false, told)
      .then((socket) => (socket.onclose = ended), reject);
  });
}

/** Keeps what is written to it. */
export class Sink extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
