/** The server's clock beside ours: what one machine writes another one reads, and neither need be right. */
import type { Client } from "./client";

/** A date is in whole seconds, and clocks are seldom exact: less than this tells nothing. */
const TELLS_NOTHING_MS = 5_000;

/** The same client, and what its last answer with a date said: see `Member.skewMs`. */
export function withServerClock(
  given: Client,
  now: () => number = Date.now,
): { readonly client: Client; readonly skewMs: () => number } {
  let skew = 0;
  const client: Client = async (call) => {
    const asked = now();
    const answer = await given(call);
    const date = Date.parse(answer.date ?? "");
    // A long answer is dated when it begins: what lies between the question and its end fits.
    const ahead = Math.min(date - asked, 0) + Math.max(date - now(), 0);
    if (!Number.isNaN(ahead)) skew = Math.abs(ahead) < TELLS_NOTHING_MS ? 0 : ahead;
    return answer;
  };
  return { client, skewMs: () => skew };
}
