/** Independent requests at the same time. */

/**
 * What each of them gave, in their order. Rejects as the first of them in that order that did, once all have ended: whoever is told of a
 * failure finds nothing going on behind it.
 */
export async function together<T>(tasks: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}
