/**
 * Headers and TLS material of one member, from its kubeconfig. Whatever needs renewing (exec plugins, token files, login providers)
 * is renewed once however many requests wait for it, before it expires, and once more when the server says 401.
 */
import { createSecureContext } from "node:tls";
import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { resolve } from "node:path";
import type * as clientNode from "./client-node";
import type { KubeConfig, User } from "./client-node";
import { isMemberError } from "../../reconcile/member-error";
import { type ExecConfig, type ExecCredential, runExecPlugin } from "./exec-plugin";
import type { Selected } from "./kubeconfig";
import { invalid } from "./kubeconfig-error";
import type { TlsOptions } from "../http/connections";

export interface Auth {
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** The same object as long as its contents are the same: it keys the connection pool. */
  readonly tls: TlsOptions;
}

export interface Credentials {
  current(): Promise<Auth>;
  /** After a 401 to `refused`: a newer credential, or undefined where there can be none. */
  renew(refused: Auth): Promise<Auth | undefined>;
}

/** Sends with the credential that there is; after a 401 once more, if there is a newer one. `auth`: what the answer was given to. */
export async function authorized<A extends { readonly status: number }>(
  credentials: Credentials,
  send: (auth: Auth) => Promise<A>,
): Promise<{ readonly answer: A; readonly auth: Auth }> {
  const auth = await credentials.current();
  const answer = await send(auth);
  const renewed = answer.status === 401 ? await credentials.renew(auth) : undefined;
  return renewed === undefined ? { answer, auth } : { answer: await send(renewed), auth: renewed };
}

/** One way to make a credential. */
export interface Source {
  /** False where the credential stands in the kubeconfig itself: asking again gives the same. */
  readonly renewable: boolean;
  /** Rejects with MemberError. `renewAt` in milliseconds since the epoch. */
  resolve(): Promise<{ readonly auth: Auth; readonly renewAt?: number }>;
}

/** Keeps what `source` gave until it is due, and never asks twice at a time. */
export function credentials(source: Source, now: () => number = Date.now): Credentials {
  let held: Awaited<ReturnType<Source["resolve"]>> | undefined;
  let pending: Promise<Auth> | undefined;

  async function fetchOnce(): Promise<Auth> {
    const next = await source.resolve();
    const tls = held !== undefined && isDeepStrictEqual(held.auth.tls, next.auth.tls) ? held.auth.tls : next.auth.tls;
    held = { ...next, auth: { headers: next.auth.headers, tls } };
    return held.auth;
  }

  function fetch(): Promise<Auth> {
    pending ??= fetchOnce().finally(() => (pending = undefined));
    return pending;
  }

  return {
    async current() {
      return held !== undefined && (held.renewAt ?? Infinity) > now() ? held.auth : fetch();
    },
    async renew(refused) {
      if (!source.renewable) {
        return undefined;
      }
      // Somebody else's 401 may already have brought a newer one.
      return held !== undefined && held.auth !== refused ? held.auth : fetch();
    },
  };
}

const FILE_LIFETIME_MS = 60_000;
const SKEW_MS = 60_000;

/** The credential of the selected user, by whichever means the kubeconfig names. */
export async function kubeconfigSource(selected: Selected, now: () => number = Date.now): Promise<Source> {
  const { id, cluster, user, rawUser, directory } = selected;
  const exec = (user.exec ?? undefined) as ExecConfig | undefined;
  const hasFiles = [user.certFile, user.keyFile, rawUser.tokenFile].some((file) => file != null && file !== "");
  const hasProvider = user.authProvider != null;
  const config = await configOf(selected);

  return {
    renewable: exec !== undefined || hasFiles || hasProvider,
    async resolve() {
      const options = await libraryOptions(id, config);
      const headers: Record<string, string | string[]> = { ...options.headers, ...impersonation(selected) };
      const tls: { -readonly [K in keyof TlsOptions]: TlsOptions[K] } = options.tls;
      let renewAt = hasProvider || hasFiles ? now() + FILE_LIFETIME_MS : undefined;
      if (rawUser.tokenFile !== undefined && rawUser.tokenFile !== "") {
        headers.authorization = `Bearer ${await readToken(id, rawUser.tokenFile, directory)}`;
      }
      if (exec !== undefined) {
        const credential = await runExecPlugin({ id, exec, cluster, directory });
        renewAt = renewalOf(credential, now());
        if (credential.token !== undefined) {
          headers.authorization = `Bearer ${credential.token}`;
        }
        tls.cert = credential.clientCertificateData ?? tls.cert;
        tls.key = credential.clientKeyData ?? tls.key;
      }
      checkHeaders(id, headers);
      checkTls(id, tls);
      return { auth: { headers, tls }, renewAt };
    },
  };
}

/** When to ask an exec plugin again: a minute early, and for a short-lived credential at half its life. */
export function renewalOf({ expirationTimestamp }: ExecCredential, now: number): number | undefined {
  const expires = expirationTimestamp === undefined ? NaN : Date.parse(expirationTimestamp);
  return Number.isNaN(expires) ? undefined : expires - Math.min(SKEW_MS, Math.max(0, expires - now) / 2);
}

/** The library sees one cluster and one user, without what we do ourselves or what it would make a connection agent for. */
async function configOf({ server, cluster, user, rawUser }: Selected): Promise<KubeConfig> {
  const { KubeConfig } = require("./client-node") as typeof clientNode;
  const config = new KubeConfig();
  // client-go lets tokenFile win over token, and exec is ours.
  const plain: User = { ...user, exec: undefined, token: rawUser.tokenFile === undefined ? user.token : undefined };
  config.loadFromOptions({
    clusters: [
      { ...cluster, proxyUrl: undefined, skipTLSVerify: server.protocol === "http:" || cluster.skipTLSVerify },
    ],
    users: [plain],
    contexts: [{ name: "member", cluster: cluster.name, user: user.name }],
    currentContext: "member",
  });
  return config;
}

async function libraryOptions(
  id: string,
  config: KubeConfig,
): Promise<{ headers: Record<string, string>; tls: TlsOptions }> {
  const options: Parameters<KubeConfig["applyToHTTPSOptions"]>[0] = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (cause) {
    const { code, path } = cause as NodeJS.ErrnoException;
    const why =
      path === undefined
        ? "log in again, or use another kind of credential"
        : `the file ${path} cannot be read (${code})`;
    throw isMemberError(cause) ? cause : invalid(id, `the kubeconfig's credential cannot be used: ${why}`);
  }
  const headers: Record<string, string> = {};
  if (options.auth != null) {
    headers.authorization = `Basic ${Buffer.from(options.auth).toString("base64")}`;
  }
  for (const [name, value] of Object.entries((options.headers ?? {}) as Record<string, unknown>)) {
    headers[name.toLowerCase()] = String(value).trim();
  }
  const { ca, cert, key, servername, rejectUnauthorized } = options as TlsOptions;
  const tls = Object.fromEntries(
    Object.entries({ ca, cert, key, servername, rejectUnauthorized }).filter(([, value]) => value != null),
  );
  return { headers, tls };
}

/** `as` is the library's; without its groups and uid a request would run with other rights than kubectl's. */
function impersonation({ rawUser }: Selected): Record<string, string | string[]> {
  const extra = Object.entries(rawUser["as-user-extra"] ?? {}).map(
    ([key, values]) => [`impersonate-extra-${encodeURIComponent(key.toLowerCase())}`, [...values]] as const,
  );
  return {
    ...(rawUser["as-uid"] === undefined ? {} : { "impersonate-uid": rawUser["as-uid"] }),
    ...(rawUser["as-groups"] === undefined ? {} : { "impersonate-group": [...rawUser["as-groups"]] }),
    ...Object.fromEntries(extra),
  };
}

async function readToken(id: string, file: string, directory: string | undefined): Promise<string> {
  const path = directory === undefined ? resolve(file) : resolve(directory, file);
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (cause) {
    throw invalid(
      id,
      `the token file ${path} cannot be read (${(cause as NodeJS.ErrnoException).code ?? "unknown error"})`,
    );
  }
}

function checkHeaders(id: string, headers: Auth["headers"]): void {
  if (
    !Object.values(headers)
      .flat()
      .every((value) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value))
  ) {
    throw invalid(id, "the token or user name in the kubeconfig holds characters that no HTTP header may hold");
  }
}

/** Unusable PEM would otherwise surface as a network error at the first connection. */
function checkTls(id: string, { ca, cert, key }: TlsOptions): void {
  try {
    createSecureContext({ ca, cert, key });
  } catch {
    throw invalid(
      id,
      "the certificate authority, client certificate or key in the kubeconfig cannot be read: they must be PEM, and key and certificate a pair",
    );
  }
}
