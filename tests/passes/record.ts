/** What of the rows was played and held: for `npm run previews`, which writes docs/previews.md. */
import { appendFileSync } from "node:fs";

/** Call it last in a test. @param title of the row */
export function record(title: string): void {
  const file = process.env["MCS_PREVIEWS_RECORD"];
  if (file !== undefined) appendFileSync(file, `${title}\n`);
}
