/**
 * Lines on a resource's own place in the engine's display. The SDK gives handlers only a console, whose lines appear under the stack
 * without a level; the engine's log service, whose address is the plugin's last argument, does better. It is a comfort: whatever
 * goes wrong with it, the line goes to the console instead and the operation goes on.
 */
import { createRequire } from "node:module";
import { fewLines } from "../../mcs/printable";

export interface Line {
  /** Empty: the stack's own line. */
  readonly urn: string;
  /** Its line breaks are shown: what comes from a cluster must have been through `oneLine`. */
  readonly message: string;
  /** Warnings are counted and listed at the end of an operation. @default "info" */
  readonly severity?: "info" | "warning";
  /** Replaced by the next line of the resource: for progress. @default false */
  readonly ephemeral?: boolean;
}

export interface EngineLog {
  write(line: Line): Promise<void>;
}

/** As in the engine's log service, where 3, ERROR, would fail the whole deployment. */
const SEVERITY = { info: 1, warning: 2 } as const;
const DEADLINE_MS = 5_000;

interface Client {
  log(request: object, options: { readonly deadline: number }, done: (error: Error | null) => void): void;
}

/** The engine's log service, and how a line is written in its messages. */
export interface Channel {
  readonly client: Client;
  readonly request: (line: Line) => object;
}

/** The parts of @grpc/grpc-js and of the engine's protocol that lead to its log service. */
export interface Protocol {
  readonly credentials: { createInsecure(): unknown };
  readonly EngineClient: new (address: string, credentials: unknown) => Client;
  readonly LogRequest: new () => LogRequest;
}

/** Of the SDK's process for dynamic providers. */
export function engineLog(argv: readonly string[] = process.argv): EngineLog {
  return logOn(() => connect(argv));
}

/** @param connect undefined where there is no engine: the console is written to */
export function logOn(connect: () => Channel | undefined): EngineLog {
  let channel: Channel | "console" | undefined;
  return {
    async write(given) {
      const line = { ...given, message: fewLines(given.message) };
      channel ??= connect() ?? "console";
      if (channel !== "console" && (await send(channel.client, channel.request(line)))) return;
      if (!line.ephemeral) console.log(line.severity === "warning" ? `warning: ${line.message}` : line.message);
    },
  };
}

function send(client: Client, request: object): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      client.log(request, { deadline: Date.now() + DEADLINE_MS }, (error) => resolve(error === null));
    } catch {
      resolve(false);
    }
  });
}

/** Undefined outside an engine's plugin process. */
function connect(argv: readonly string[]): Channel | undefined {
  const script = argv[1];
  const address = argv.at(-1);
  if (!script || !address || argv.length < 3 || !/^[\w.[\]:-]+:\d+$/.test(address)) return undefined;
  try {
    // From the plugin's own script, not from here: these are the copies that the process has loaded already.
    const load = createRequire(script);
    return channelTo(address, {
      ...(load("@grpc/grpc-js") as Pick<Protocol, "credentials">),
      ...(load("@pulumi/pulumi/proto/engine_grpc_pb") as Pick<Protocol, "EngineClient">),
      ...(load("@pulumi/pulumi/proto/engine_pb") as Pick<Protocol, "LogRequest">),
    });
  } catch {
    return undefined;
  }
}

/** @param address `host:port` of the engine */
export function channelTo(address: string, { credentials, EngineClient, LogRequest }: Protocol): Channel {
  const client = new EngineClient(address, credentials.createInsecure());
  return { client, request: (line) => fill(new LogRequest(), line) };
}

interface LogRequest {
  setSeverity(value: number): void;
  setMessage(value: string): void;
  setUrn(value: string): void;
  setEphemeral(value: boolean): void;
}

function fill(request: LogRequest, { urn, message, severity = "info", ephemeral = false }: Line): LogRequest {
  request.setSeverity(SEVERITY[severity]);
  request.setMessage(message);
  request.setUrn(urn);
  request.setEphemeral(ephemeral);
  return request;
}
