/** Nothing is waited for without end: the engine waits for ever for a method that does not answer. */

/** Rejects with `late()` when `work` has not ended after `seconds`. What it began goes on to its own end, unheard. */
export async function within<T>(seconds: number, late: () => Error, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), seconds * 1000);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
