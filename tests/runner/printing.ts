/** What several processes at once print: each whole, when it has ended, and in between which ones run. */
import { elapsed } from "../parts/progress";
import type { Job } from "./jobs";
import type { JobResult } from "./run-job";

/** A run that says nothing for longer than this is taken for stuck by people, and by some CI services. */
const silenceMs = 30_000;

export interface Printing {
  begins(job: Job): void;
  ended(job: Job, result: JobResult): void;
  /** No more of "still running". */
  close(): void;
}

/** @param live the processes print by themselves, and one at a time */
export function printing(print: (text: string) => void, live: boolean): Printing {
  const running = new Map<Job, number>();
  const heading = (job: Job) => `\n=== ${job.tier}: ${job.title}`;
  const since = (began: number) => elapsed(Date.now() - began);
  let timer: NodeJS.Timeout | undefined;
  const listen = () => {
    clearInterval(timer);
    timer = setInterval(() => {
      const all = [...running].map(([job, began]) => `${job.title} (${since(began)})`);
      if (all.length > 0) print(`… running: ${all.join(", ")}`);
    }, silenceMs);
  };
  if (!live) listen();
  return {
    begins: (job) => {
      running.set(job, Date.now());
      if (live) print(heading(job));
    },
    ended: (job, { output }) => {
      if (!live) {
        print(`${heading(job)} (${since(running.get(job) ?? Date.now())})\n${output.trimEnd()}`);
        listen();
      }
      running.delete(job);
    },
    close: () => clearInterval(timer),
  };
}

/** The part of a job's output that says what went wrong: mocha's own list where there is one, else all of it. */
export function failuresIn({ output }: JobResult): string {
  // On a terminal it has colours.
  const list = /^\s*(?:\u001b\[[\d;]*m)*\s*\d+ failing\b/m.exec(output);
  return output.slice(list?.index ?? 0).trim();
}
