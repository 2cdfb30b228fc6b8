/** Which row of resources.ts holds in this cluster: for most kinds the only one, for one of several versions that which is served. */
import type { Kind } from "../../reconcile/member";
import type { Client } from "./client";
import { type Action, error } from "../http/api-errors";
import { groupPath, type Resource, resources } from "./resources";

/** Versions of ClusterProperty, newest first, all of one shape: a cluster serves the one that its CRD has. */
const ABOUT_VERSIONS: readonly string[] = ["v1", "v1beta1", "v1alpha1"];

/** The server is asked once, when a kind of several versions is first wanted; `notServed` where it has none of them. */
export function servedResources(client: Client, action: Action): (kind: Kind) => Promise<Resource> {
  let about: Promise<Resource> | undefined;

  async function findAbout(): Promise<Resource> {
    const { body } = await client({ action, request: { method: "GET", path: groupPath(resources.ClusterProperty) } });
    const said = (body as { versions?: unknown } | null)?.versions;
    const versions: readonly ({ version?: unknown } | null)[] = Array.isArray(said) ? said : [];
    const version = ABOUT_VERSIONS.find((known) => versions.some((served) => served?.version === known));
    if (version === undefined) {
      throw error(action, "notServed", `the API server serves none of ${ABOUT_VERSIONS.join(", ")}`);
    }
    return { ...resources.ClusterProperty, version };
  }

  return async (kind) => {
    if (kind !== "ClusterProperty") {
      return resources[kind];
    }
    about ??= findAbout().catch((cause: unknown) => {
      about = undefined;
      throw cause;
    });
    return about;
  };
}
