/** The account that the package works as: a ServiceAccount with exactly the rights that deploy/rbac ships, and a token of it. */
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { type AdminClient, adminClient, ApiError } from "./admin";
import { waitFor } from "./wait";

/** As `kubectl apply -f deploy/rbac/both.yaml -f deploy/rbac/install-crds.yaml`. */
const manifests = ["both.yaml", "install-crds.yaml"];
const folder = path.join(__dirname, "../../deploy/rbac");
const collections: Readonly<Record<string, string>> = {
  Namespace: "/api/v1/namespaces",
  ServiceAccount: "/api/v1/namespaces/pulumi-mcs/serviceaccounts",
  ClusterRole: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  ClusterRoleBinding: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
};

export interface AccountOptions {
  readonly id: string;
  readonly server: string;
  readonly caPem: string;
  readonly admin: AdminClient;
}

/** Longer than clusters of a person are kept. */
const lifetimeSeconds = 30 * 24 * 3600;

/** A token of the account; resolves when the API server knows its rights. */
export async function makeAccount({ id, server, caPem, admin }: AccountOptions): Promise<string> {
  for (const file of manifests) await applyManifest(admin.api, path.join(folder, file));
  const token = await accountToken(admin.api, lifetimeSeconds);
  const account = adminClient({ id, server, caPem, token });
  try {
    // The authorizer learns of roles by a watch: what was bound last is known last.
    await waitFor(`the rights of ${id}'s account`, async () => (await mayCreateCrds(account)) || undefined, {
      everyMs: 20,
    });
  } finally {
    await account.close();
  }
  return token;
}

/** Makes each object of the file; what is there already is replaced by it. */
export async function applyManifest(api: AdminClient["api"], file: string): Promise<void> {
  for (const document of parseAllDocuments(readFileSync(file, "utf8"))) {
    const object = document.toJS() as { kind: string; metadata: { name: string } };
    const collection = collections[object.kind] ?? "";
    try {
      await api("POST", collection, object);
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== "AlreadyExists") throw error;
      await api("PATCH", `${collection}/${object.metadata.name}`, object);
    }
  }
}

/** A token that the server refuses like one that has expired, without waiting for that: it is bound to a Secret that is gone. */
export async function deadToken(api: AdminClient["api"]): Promise<string> {
  const secrets = "/api/v1/namespaces/pulumi-mcs/secrets";
  const secret = await api("POST", secrets, { metadata: { generateName: "bound-" } });
  const { name, uid } = (secret as { metadata: { name: string; uid: string } }).metadata;
  const token = await tokenRequest(api, {
    expirationSeconds: 3600,
    boundObjectRef: { apiVersion: "v1", kind: "Secret", name, uid },
  });
  await api("DELETE", `${secrets}/${name}`);
  return token;
}

/** A fresh token, as `kubectl create token pulumi-mcs -n pulumi-mcs`. @param seconds at least 600 */
export async function accountToken(api: AdminClient["api"], seconds: number): Promise<string> {
  return tokenRequest(api, { expirationSeconds: seconds });
}

async function tokenRequest(api: AdminClient["api"], spec: object): Promise<string> {
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec };
  const answer = await api("POST", "/api/v1/namespaces/pulumi-mcs/serviceaccounts/pulumi-mcs/token", request);
  return (answer as { status: { token: string } }).status.token;
}

async function mayCreateCrds(account: AdminClient): Promise<boolean> {
  const attributes = { verb: "create", group: "apiextensions.k8s.io", resource: "customresourcedefinitions" };
  const answer = await account.api("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes: attributes },
  });
  return (answer as { status: { allowed: boolean } }).status.allowed;
}
