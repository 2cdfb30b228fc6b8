/**
 * A kubeconfig's text turned into one cluster and one user. Nothing is guessed: no default file, no default cluster.
 * Errors name contexts, clusters and users, never what else the file holds.
 */
import { dirname } from "node:path";
import { readFile } from "node:fs/promises";
import { expandHome } from "../../../common/expand-home";
import type * as clientNode from "./client-node";
import type { Cluster, User } from "./client-node";
import { podKubeconfig } from "./service-account";
import { invalid } from "./kubeconfig-error";

export interface KubeconfigSource {
  /** Cluster id, for messages. */
  readonly id: string;
  /** Contents, YAML or JSON. Exactly one of this, `kubeconfigPath` and `inCluster`. */
  readonly kubeconfig?: string;
  /** A file; a leading ~ is the home directory. Relative paths inside it are relative to its folder. */
  readonly kubeconfigPath?: string;
  /** The service account of the pod that this process runs in. */
  readonly inCluster?: boolean;
  /** Where that pod's token and CA are. Default: where Kubernetes mounts them. */
  readonly serviceAccountFolder?: string;
  /** Default: the kubeconfig's own `current-context`; where it has none, a context must be named. */
  readonly context?: string;
}

/** What kubeconfig fields mean that the parsing library leaves out. */
export interface RawUser {
  readonly tokenFile?: string;
  readonly "as-uid"?: string;
  readonly "as-groups"?: readonly string[];
  readonly "as-user-extra"?: Readonly<Record<string, readonly string[]>>;
}

export interface Selected {
  readonly id: string;
  readonly context: string;
  readonly server: URL;
  readonly cluster: Cluster;
  readonly user: User;
  readonly rawUser: RawUser;
  /** Folder of the kubeconfig, where it is a file: what relative commands and files are relative to. */
  readonly directory?: string;
}

/** Reads and selects. Rejects with MemberError `kubeconfig`. */
export async function selectContext(source: KubeconfigSource): Promise<Selected> {
  const { id } = source;
  const { text, directory } = await readSource(source);
  const { KubeConfig, loadYaml } = require("./client-node") as typeof clientNode;
  const raw = parse(id, text, loadYaml);
  const config = new KubeConfig();
  try {
    // A broken entry elsewhere in the file is not this member's business: it is left out, and missed only if it is asked for.
    config.loadFromString(text, { onInvalidEntry: "filter" });
  } catch {
    throw invalid(id, "the kubeconfig cannot be read: its clusters, contexts and users must be lists of named entries");
  }
  if (directory !== undefined) {
    config.makePathsAbsolute(directory);
  }
  const contextName = chooseContext(
    id,
    config.getContexts().map(({ name }) => name),
    source.context ?? config.getCurrentContext(),
  );
  const context = config.getContextObject(contextName);
  const cluster = context === null ? null : config.getCluster(context.cluster);
  if (context === null || cluster === null) {
    const known = config.getClusters().map(({ name }) => name);
    throw invalid(
      id,
      `context "${contextName}" names a cluster that the kubeconfig does not have; it has: ${names(known)}`,
    );
  }
  const user = context.user === undefined ? { name: "anonymous" } : config.getUser(context.user);
  if (user === null) {
    const known = config.getUsers().map(({ name }) => name);
    throw invalid(
      id,
      `context "${contextName}" names the user "${context.user}", which the kubeconfig does not have; it has: ${names(known)}`,
    );
  }
  return {
    id,
    context: contextName,
    server: serverOf(id, cluster),
    cluster,
    user,
    rawUser: rawUserOf(raw, user.name),
    directory,
  };
}

async function readSource(source: KubeconfigSource): Promise<{ text: string; directory?: string }> {
  const { id, kubeconfig, kubeconfigPath, inCluster = false, serviceAccountFolder } = source;
  const ways = [kubeconfig !== undefined, kubeconfigPath !== undefined, inCluster].filter((given) => given);
  if (ways.length !== 1) {
    throw invalid(id, "give one of kubeconfig (contents), kubeconfigPath (a file) and inCluster: true");
  }
  if (inCluster) {
    return { text: await podKubeconfig(id, serviceAccountFolder) };
  }
  if (kubeconfigPath === undefined) {
    return { text: kubeconfig ?? "" };
  }
  const path = expandHome(kubeconfigPath);
  try {
    return { text: await readFile(path, "utf8"), directory: dirname(path) };
  } catch (cause) {
    throw invalid(
      id,
      `the kubeconfig file ${path} cannot be read (${(cause as NodeJS.ErrnoException).code ?? "unknown error"})`,
    );
  }
}

function parse(id: string, text: string, loadYaml: (text: string) => unknown): Record<string, unknown> {
  let raw: unknown;
  try {
    raw = loadYaml(text);
  } catch (cause) {
    // The parser's message quotes the line it failed at, which may hold a token: only its number is passed on.
    const line = (cause as { mark?: { line?: number } }).mark?.line;
    const where = line === undefined ? "" : ` (line ${line + 1})`;
    throw invalid(id, `the kubeconfig does not parse as YAML or JSON${where}: give the contents of a kubeconfig file`);
  }
  if (typeof raw === "string") {
    throw invalid(id, "the kubeconfig is a single line of text: give its contents, or use kubeconfigPath for a file");
  }
  if (typeof raw !== "object" || raw === null || !("contexts" in raw) || !("clusters" in raw)) {
    throw invalid(id, "the kubeconfig has no contexts or no clusters: give the contents of a kubeconfig file");
  }
  return raw as Record<string, unknown>;
}

function chooseContext(id: string, known: readonly string[], wanted: string | undefined): string {
  if (wanted === undefined || wanted === "") {
    throw invalid(id, `the kubeconfig has no current context: name one with \`context\`; it has: ${names(known)}`);
  }
  if (!known.includes(wanted)) {
    throw invalid(id, `the kubeconfig has no context "${wanted}"; it has: ${names(known)}`);
  }
  return wanted;
}

function serverOf(id: string, cluster: Cluster): URL {
  const url = URL.canParse(cluster.server) ? new URL(cluster.server) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw invalid(id, `the server of cluster "${cluster.name}" is not a URL that begins with https://`);
  }
  return url;
}

function rawUserOf(raw: Record<string, unknown>, name: string): RawUser {
  const users = Array.isArray(raw.users) ? (raw.users as { name?: unknown; user?: unknown }[]) : [];
  const user = users.find((entry) => entry?.name === name)?.user;
  return typeof user === "object" && user !== null ? (user as RawUser) : {};
}

function names(known: readonly string[]): string {
  const shown = known.slice(0, 8).join(", ");
  return known.length === 0 ? "none" : known.length > 8 ? `${shown} and ${known.length - 8} more` : shown;
}
