/**
 * undici, as much of it as is needed, when it is needed. As a whole the package loads its cache, its mocks, fetch and WebSockets too, 12 MB
 * of a plugin process; the pool and the request are files inside it, and tests/unit/kube/http/undici.test.ts holds that they are what it exports.
 */
import type * as undici from "undici";

/** Connections straight to a server. */
export function openPool(origin: string, options: undici.Pool.Options): undici.Dispatcher {
  const Pool = require("undici/lib/dispatcher/pool.js") as typeof undici.Pool;
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
  const request = require("undici/lib/api/api-request.js") as Request;
  return request.call(dispatcher, options);
}
