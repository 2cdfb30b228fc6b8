/** The body of an answer as JSON, and no more of it than can be meant. */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { TransportFailure } from "./api-errors";
import { jsonSize } from "./json-size";
import { ANSWER_MAX_DEPTH, ANSWER_MAX_VALUES } from "./answer-limits";
import { codeOf } from "./network-failure";

export interface BodyOptions {
  readonly status: number;
  readonly contentType?: string;
  readonly encoding?: string;
  /** Of the body as sent, and after decompression. */
  readonly maxBytes: number;
}

export interface Body {
  /** Parsed JSON; undefined where an error answer is something else. */
  readonly json: unknown;
  /** After decompression. */
  readonly bytes: number;
  /** See json-size.ts. */
  readonly values: number;
}

const unzip = promisify(gunzip);

/** Rejects with TransportFailure where a 2xx or 3xx is no JSON, and where an answer is past the limits, as soon as that is seen. */
export async function readJson(body: AsyncIterable<Buffer>, options: BodyOptions): Promise<Body> {
  const { status, contentType = "", encoding, maxBytes } = options;
  const bytes = await decode(await readAll(body, maxBytes), encoding, maxBytes);
  const isJson = /^application\/(?:[\w.+-]+\+)?json\b/i.test(contentType);
  if (!isJson && status < 400) {
    const type = /^[\w.+/-]{1,60}/.exec(contentType)?.[0] ?? "no content type";
    throw new TransportFailure({ kind: "foreign" }, `it answered ${status} with ${type}`);
  }
  if (!isJson) {
    return { json: undefined, bytes: bytes.length, values: 0 };
  }
  return parseJson(bytes);
}

/** JSON within the limits of docs/security.md. Throws TransportFailure. */
export function parseJson(bytes: Buffer): Body {
  const { values, depth } = jsonSize(bytes);
  if (depth > ANSWER_MAX_DEPTH) {
    throw excess(`its JSON is nested more than ${ANSWER_MAX_DEPTH} deep`);
  }
  if (values > ANSWER_MAX_VALUES) {
    throw excess(`its JSON has more than ${ANSWER_MAX_VALUES} values`);
  }
  return { json: parse(bytes), bytes: bytes.length, values };
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

async function decode(bytes: Buffer, encoding: string | undefined, maxBytes: number): Promise<Buffer> {
  if (encoding !== "gzip") {
    return bytes;
  }
  try {
    return await unzip(bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    throw codeOf(cause) === "ERR_BUFFER_TOO_LARGE"
      ? tooLarge(maxBytes)
      : new TransportFailure({ kind: "broken" }, "a damaged gzip body");
  }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    throw new TransportFailure({ kind: "broken" }, "the JSON ends early or is damaged");
  }
}

export function tooLarge(maxBytes: number): TransportFailure {
  return excess(`its answer is larger than ${Math.round(maxBytes / 1024 / 1024)} MiB`);
}

function excess(why: string): TransportFailure {
  return new TransportFailure({ kind: "excess" }, why);
}
