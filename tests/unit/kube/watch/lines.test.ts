/** The lines of a watch, wherever the network cuts them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { TransportFailure } from "../../../../provider/kube/http/api-errors";
import { splitLines } from "../../../../provider/kube/watch/lines";

async function* chunks(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer, void, undefined> {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const end of [...ends, bytes.length]) {
    yield bytes.subarray(from, end);
    from = end;
  }
}

async function linesOf(body: AsyncIterable<Buffer>, maxBytes?: number): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of splitLines(body, maxBytes)) lines.push(line.toString("utf8"));
  return lines;
}

const failing = (kind: string) => (error: unknown) => error instanceof TransportFailure && error.failure.kind === kind;

describe("kube/watch: lines", () => {
  it("are the same wherever a chunk ends, in the middle of a character too", async () => {
    const line = fc.string({ unit: "grapheme", minLength: 1 }).map((text) => JSON.stringify(text));
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.array(fc.nat()), async (lines, cuts) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(""));
        assert.deepEqual(await linesOf(chunks(bytes, cuts)), lines);
      }),
    );
  });

  it("are without empty ones", async () => {
    assert.deepEqual(await linesOf(chunks(Buffer.from("\n\na\n\nb\n"), [])), ["a", "b"]);
  });

  it("may be as long as the limit, and are given up as soon as one is longer", async () => {
    assert.deepEqual(await linesOf(chunks(Buffer.from("12345678\n"), [3]), 8), ["12345678"]);
    await assert.rejects(linesOf(chunks(Buffer.from("123456789\n"), [3]), 8), failing("excess"));
    async function* endless(): AsyncGenerator<Buffer, void, undefined> {
      for (;;) yield Buffer.from("never a newline");
    }
    await assert.rejects(linesOf(endless(), 1_000), failing("excess"));
  });

  it("that have no end are not taken", async () => {
    const taken: string[] = [];
    const read = async () => {
      for await (const line of splitLines(chunks(Buffer.from('{"a":1}\n{"b":'), []))) taken.push(line.toString());
    };
    await assert.rejects(read(), failing("broken"));
    assert.deepEqual(taken, ['{"a":1}']);
  });
});
