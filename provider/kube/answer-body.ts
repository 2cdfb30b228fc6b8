/** The body of an answer as JSON, and no more bytes of it than can be meant. */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { TransportFailure } from "./errors";
import { codeOf } from "./network-failure";

export interface BodyOptions {
  readonly status: number;
  readonly contentType?: string;
  readonly encoding?: string;
  /** Of the body as sent, and after decompression. */
  readonly maxBytes: number;
}

const unzip = promisify(gunzip);

/** Parsed JSON; undefined where an error answer is something else. Rejects with TransportFailure where a 2xx or 3xx is. */
export async function readJson(body: AsyncIterable<Buffer>, options: BodyOptions): Promise<unknown> {
  const { status, contentType, encoding, maxBytes } = options;
  return parse(await decode(await readAll(body, maxBytes), encoding, maxBytes), status, contentType);
}

async function readAll(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw tooLarge(maxBytes);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function decode(bytes: Buffer, encoding: string | undefined, maxBytes: number): Promise<string> {
  if (encoding !== "gzip") {
    return bytes.toString("utf8");
  }
  try {
    return (await unzip(bytes, { maxOutputLength: maxBytes })).toString("utf8");
  } catch (cause) {
    throw codeOf(cause) === "ERR_BUFFER_TOO_LARGE"
      ? tooLarge(maxBytes)
      : new TransportFailure({ kind: "broken" }, "a damaged gzip body");
  }
}

function parse(text: string, status: number, contentType = ""): unknown {
  const isJson = /^application\/(?:[\w.+-]+\+)?json\b/i.test(contentType);
  if (isJson) {
    try {
      return JSON.parse(text);
    } catch {
      throw new TransportFailure({ kind: "broken" }, "the JSON ends early or is damaged");
    }
  }
  if (status >= 400) {
    return undefined;
  }
  const type = /^[\w.+/-]{1,60}/.exec(contentType)?.[0] ?? "no content type";
  throw new TransportFailure({ kind: "foreign" }, `it answered ${status} with ${type}`);
}

function tooLarge(maxBytes: number): TransportFailure {
  return new TransportFailure(
    { kind: "foreign" },
    `its answer is larger than ${Math.round(maxBytes / 1024 / 1024)} MiB`,
  );
}
