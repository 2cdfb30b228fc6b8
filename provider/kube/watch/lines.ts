/** The lines of a body as it comes. Bytes are split, not text: a chunk ends anywhere, in the middle of a character too. */
import { tooLarge } from "../http/answer-body";
import { TransportFailure } from "../http/api-errors";
import { EVENT_MAX_BYTES } from "../http/answer-limits";

const NEWLINE = 0x0a;

/** Without empty ones. Throws TransportFailure `excess` at a longer line, as soon as that is seen, and `broken` where the last one has no end. */
export async function* splitLines(
  body: AsyncIterable<Buffer>,
  maxBytes = EVENT_MAX_BYTES,
): AsyncGenerator<Buffer, void, undefined> {
  let begun: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      const rest = chunk.subarray(from, end);
      if (length + rest.length > maxBytes) throw tooLarge(maxBytes);
      const line = begun.length === 0 ? rest : Buffer.concat([...begun, rest]);
      begun = [];
      length = 0;
      from = end + 1;
      if (line.length > 0) yield line;
    }
    if (from < chunk.length) {
      begun.push(chunk.subarray(from));
      length += chunk.length - from;
    }
    if (length > maxBytes) throw tooLarge(maxBytes);
  }
  if (length > 0) throw new TransportFailure({ kind: "broken" }, "the last event has no end");
}
