/** The server's clock beside ours: what one machine writes another one reads, and neither need be right. */
import type { Client } from "./client";

/** Whole seconds, and the way of the answer: less than this tells nothing. */
const TELLS_NOTHING_MS = 5_000;

/** The same client, and what its last answer with a date said: see `Member.skewMs`. */
export function withServerClock(
  given: Client,
  now: () => number = Date.now,
): { readonly client: Client; readonly skewMs: () => number } {
  let skew = 0;
  const client: Client = async (call) => {
    const answer = await given(call);
    const ahead = Date.parse(answer.date ?? "") - now();
    if (!Number.isNaN(ahead)) skew = Math.abs(ahead) < TELLS_NOTHING_MS ? 0 : ahead;
    return answer;
  };
  return { client, skewMs: () => skew };
}
