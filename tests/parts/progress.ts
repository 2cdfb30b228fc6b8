/** Progress lines for steps that take longer than a person waits in silence. */

/** Takes one line of progress, without its line end. */
export type Progress = (line: string) => void;

/** Says nothing. */
export const silent: Progress = () => {};

const tickMs = 5000;
/** After the first half minute everybody knows that it takes long: a line in three is enough. */
const patientAfter = 6;
const patientEvery = 3;

/** `95_000` → `1m35s`. */
export function elapsed(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}

/**
 * Runs `work`, says `text` at once and then every 5 s (15 s after half a minute) with the time so far, and
 * what `work` last handed to `detail`.
 * Resolves or rejects as `work` does.
 */
export async function reporting<T>(
  progress: Progress,
  text: string,
  work: (detail: (now: string) => void) => Promise<T>,
): Promise<T> {
  const began = Date.now();
  let now = "";
  progress(text);
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
    if (ticks > patientAfter && ticks % patientEvery !== 0) return;
    progress(`${text} (${now === "" ? "" : `${now}, `}${elapsed(Date.now() - began)})`);
  }, tickMs);
  try {
    return await work((detail) => (now = detail));
  } finally {
    clearInterval(timer);
  }
}

/** Progress on a stream: a log gets every line; a terminal sees a step that only counts up rewritten in place. */
export function progressOn(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return (line) => void stream.write(`${line}\n`);
  let last = "";
  return (line) => {
    const step = line.replace(/ \([^()]*\)$/, "");
    stream.write(`${step === last ? "\u001b[1A\u001b[2K" : ""}${line}\n`);
    last = step;
  };
}
