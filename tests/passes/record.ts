/** What of the rows was played and held: for `npm run previews`, which writes docs/previews.md. */
import { appendFileSync } from "node:fs";

const file = process.env["MCS_PREVIEWS_RECORD"];

/** `npm run previews` is what runs. */
export const isRecording = file !== undefined;

/** Call it last in a test. @param title of the row */
export function record(title: string): void {
  if (file !== undefined) appendFileSync(file, `${title}\n`);
}
