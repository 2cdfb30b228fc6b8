/** Follows a collection: all objects first, then every change, for as long as it is wanted. */
import { setTimeout as sleep } from "node:timers/promises";
import type { AdminClient } from "./admin";

const pageSize = 500;
const retryMs = 300;

export interface Followed {
  readonly metadata: { readonly resourceVersion?: string; readonly uid: string };
}

/**
 * Calls `onObject` for every object and every change of it, and `onGone` when it is deleted, until `signal` aborts. After a
 * break it starts again from a list, so an object may be reported twice. Never rejects.
 */
export async function follow<T extends Followed>(
  admin: AdminClient,
  path: string,
  options: { signal: AbortSignal; onObject: (object: T) => void; onGone: (uid: string) => void },
): Promise<void> {
  const known = new Set<string>();
  const { signal } = options;
  while (!signal.aborted) {
    try {
      const { objects, version } = await listAll<T>(admin, path);
      const present = new Set(objects.map((object) => object.metadata.uid));
      for (const uid of known) if (!present.has(uid)) gone(uid);
      objects.forEach(seen);
      await watchFrom(version);
    } catch {
      // The API server is away, paused, or its history is shorter than our pause: from a list again.
    }
    if (!signal.aborted) await sleep(retryMs);
  }

  function seen(object: T): void {
    known.add(object.metadata.uid);
    options.onObject(object);
  }
  function gone(uid: string): void {
    known.delete(uid);
    options.onGone(uid);
  }
  async function watchFrom(start: string): Promise<void> {
    for (let version = start; !signal.aborted;) {
      let expired = false;
      await admin.watch(`${path}?resourceVersion=${version}`, signal, ({ type, object }) => {
        if (type === "ERROR") {
          expired = true;
          return;
        }
        const changed = object as T;
        version = changed.metadata.resourceVersion ?? version;
        if (type === "DELETED") gone(changed.metadata.uid);
        else if (type !== "BOOKMARK") seen(changed);
      });
      if (expired) return;
    }
  }
}

async function listAll<T>(admin: AdminClient, path: string): Promise<{ objects: T[]; version: string }> {
  const objects: T[] = [];
  for (let token = ""; ;) {
    const page = (await admin.api("GET", `${path}?limit=${pageSize}&continue=${encodeURIComponent(token)}`)) as {
      metadata: { resourceVersion: string; continue?: string };
      items: T[];
    };
    objects.push(...page.items);
    token = page.metadata.continue ?? "";
    if (token === "") return { objects, version: page.metadata.resourceVersion };
  }
}
