/**
 * undici, as much of it as is needed, when it is needed. As a whole the package loads its cache, its mocks, fetch and WebSockets too, 12 MB
 * of a plugin process; the pool and the request are files inside it, which no version promises: package.json names the one version in which
 * tests/unit/kube/http/undici.test.ts holds that they are what it exports. Who overrides it for a project gets the whole where they are gone.
 */
import type * as undici from "undici";

/** Connections straight to a server. */
export function openPool(origin: string, options: undici.Pool.Options): undici.Dispatcher {
  const Pool = part(
    () => require("undici/lib/dispatcher/pool.js") as typeof undici.Pool,
    (whole) => whole.Pool,
  );
  return new Pool(origin, options);
}

/** Connections through one proxy. */
export function openProxy(options: undici.ProxyAgent.Options): undici.Dispatcher {
  const { ProxyAgent } = require("undici") as typeof undici;
  return new ProxyAgent(options);
}

/** Connections through the proxy of the environment, or past it where NO_PROXY says so. */
export function openEnvironmentProxy(options: undici.EnvHttpProxyAgent.Options): undici.Dispatcher {
  const { EnvHttpProxyAgent } = require("undici") as typeof undici;
  return new EnvHttpProxyAgent(options);
}

type Request = (
  this: undici.Dispatcher,
  options: undici.Dispatcher.RequestOptions,
) => Promise<undici.Dispatcher.ResponseData>;

/** `dispatcher.request(options)`, a method that dispatchers have only once the whole package is loaded. */
export function send(
  dispatcher: undici.Dispatcher,
  options: undici.Dispatcher.RequestOptions,
): Promise<undici.Dispatcher.ResponseData> {
  const request = part<Request>(
    () => require("undici/lib/api/api-request.js") as Request,
    (whole) => whole.Dispatcher.prototype.request,
  );
  return request.call(dispatcher, options);
}

/** A header of an answer, as undici gives it: the first where it was sent more than once. */
export function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** @param load by a name that a bundler sees: in one executable file nothing is found later */
function part<T>(load: () => T, of: (whole: typeof undici) => T): T {
  try {
    return load();
  } catch (error) {
    const gone = ["MODULE_NOT_FOUND", "ERR_PACKAGE_PATH_NOT_EXPORTED"].includes(
      (error as NodeJS.ErrnoException).code ?? "",
    );
    if (!gone) throw error;
    return of(require("undici") as typeof undici);
  }
}
