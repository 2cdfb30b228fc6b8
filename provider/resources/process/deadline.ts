/** Every method answers: the engine waits for ever for one that does not. */

/** Rejects with `message` when `work` has not ended after `seconds`. What it began goes on to its own end, unheard. */
export async function within<T>(seconds: number, message: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), seconds * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
