// gRPC as the engine uses it: loopback, no encryption, messages up to 400 MB as in the real one.
import * as grpc from "@grpc/grpc-js";

export const channelOptions: grpc.ChannelOptions = {
  "grpc.max_receive_message_length": 400 * 1024 * 1024,
  "grpc.max_send_message_length": 400 * 1024 * 1024,
  // A proxy set in the environment must not get loopback calls.
  "grpc.enable_http_proxy": 0,
};

export type Answer<Response> = (error: grpc.ServiceError | null, response: Response) => void;

/** One call as a promise. Rejects with the ServiceError, whose `metadata` holds the details. */
export function call<Request, Response>(
  method: (request: Request, answer: Answer<Response>) => unknown,
  request: Request,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    method(request, (error, response) => (error ? reject(error) : resolve(response)));
  });
}

/** A handler of a service from a function that returns a promise; what it throws becomes the status. */
export function handler<Request, Response>(
  answer: (request: Request) => Promise<Response> | Response,
): grpc.handleUnaryCall<Request, Response> {
  return (incoming, reply) => {
    Promise.resolve(incoming.request)
      .then(answer)
      .then(
        (response) => reply(null, response),
        (error: unknown) => reply(asStatus(error)),
      );
  };
}

function asStatus(error: unknown): Partial<grpc.StatusObject> {
  if (error instanceof ShutDown) return { code: grpc.status.UNAVAILABLE, details: error.message };
  const details = error instanceof Error ? error.message : String(error);
  return { code: grpc.status.UNKNOWN, details };
}

/** The engine takes no more requests; the SDK then ends the program without a further word. */
export class ShutDown extends Error {
  override readonly name = "ShutDown";

  constructor() {
    super("resource monitor shut down");
  }
}

/** Binds to a free port of 127.0.0.1 and returns `host:port`. */
export function listen(server: grpc.Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(`127.0.0.1:${port}`);
    });
  });
}
