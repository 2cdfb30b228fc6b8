/** The ways in which a member's API server, or the way to it, fails: one table for the tests of every level. */
import type { Fault, Passage, Proxy, Rule } from "./proxy";
import { isWrite } from "./proxy";

/**
 * `unread`: the member cannot be read. `unwritten`: it can be read, and takes no write. `passing`: it is over before the patience is.
 */
export type Effect = "unread" | "unwritten" | "passing";

export interface Outage {
  readonly what: string;
  readonly effect: Effect;
  /** For each request, which fault; made anew for each time, as some count. */
  readonly rules: () => readonly Rule[];
  /** Also a member that was never seen before is refused for it. */
  readonly refused: boolean;
  /** What the message tells, besides the member. */
  readonly told: RegExp;
}

const status = (code: number, headers?: Record<string, string>): Fault => ({
  kind: "answer",
  status: code,
  ...(headers && { headers }),
});
const notServed: Fault = {
  kind: "answer",
  status: 404,
  headers: { "content-type": "text/plain" },
  body: "404 page not found\n",
};
const group = (prefix: string) => (it: Passage) => it.path.startsWith(prefix);
const SERVICES = "/api/v1/services";
const continued = (it: Passage) => it.path === SERVICES && it.query.has("continue");
const firstPage = (it: Passage) => it.path === SERVICES && it.method === "GET" && !it.query.has("continue");
/** The server has more to tell than it told. */
const andMore: Fault = {
  kind: "rewrite",
  change: (body) => ({
    ...(body as object),
    metadata: { ...(body as { metadata: object }).metadata, continue: "bW9yZQ" },
  }),
};
const crd = (plural: string): Rule => ({
  when: ({ path, method }) =>
    method === "GET" && path.endsWith(`/customresourcedefinitions/${plural}.multicluster.x-k8s.io`),
  fault: {
    kind: "answer",
    status: 404,
    body: JSON.stringify({
      kind: "Status",
      status: "Failure",
      reason: "NotFound",
      details: { name: `${plural}.multicluster.x-k8s.io`, kind: "customresourcedefinitions" },
      code: 404,
    }),
  },
});

const unread = (what: string, fault: Fault, told: RegExp): Outage => ({
  what,
  effect: "unread",
  refused: true,
  rules: () => [{ fault }],
  told,
});

export const outages: readonly Outage[] = [
  unread("refuse", { kind: "refuse" }, /connection refused|closed by the other side|reset/),
  unread("hang", { kind: "hang" }, /did not answer in time.*check that the cluster is healthy/),
  unread("reset", { kind: "reset" }, /broke before the answer/),
  unread("401", status(401), /does not accept the credential \(401\): renew the token/),
  unread("403", status(403), /not allowed \(403\): grant it by RBAC/),
  {
    ...unread("409 on every write", status(409), /somebody changed it|409/),
    effect: "unwritten",
    refused: false,
    rules: () => [{ when: isWrite, fault: status(409) }],
  },
  {
    ...unread("429 with Retry-After, over in time", status(429), /./),
    effect: "passing",
    refused: false,
    rules: () => [{ fault: status(429, { "retry-after": "1" }), times: 2 }],
  },
  unread(
    "429 with Retry-After, lasting",
    status(429, { "retry-after": "60" }),
    /overloaded or faulty \(429.*try again later/,
  ),
  unread("500", status(500), /overloaded or faulty \(500.*try again later/),
  unread("an HTML page with 200", { kind: "html" }, /is not a Kubernetes API.*check `server` in the kubeconfig/),
  {
    ...unread("a list cut in the middle", { kind: "cut", bytes: 150 }, /broke before the answer/),
    refused: false,
    rules: () => [
      { when: ({ path, method }) => method === "GET" && path === SERVICES, fault: { kind: "cut", bytes: 150 } },
    ],
  },
  {
    ...unread("a continue token that expires once", status(410), /./),
    effect: "passing",
    refused: false,
    rules: () => [
      { when: continued, fault: status(410) },
      { when: firstPage, fault: andMore, times: 1 },
    ],
  },
  {
    ...unread(
      "a continue token that expires each time",
      status(410),
      /expired twice while it was being read \(410\): try again/,
    ),
    refused: false,
    rules: () => [
      { when: continued, fault: status(410) },
      { when: firstPage, fault: andMore },
    ],
  },
  {
    ...unread(
      "v1beta1 of the MCS API not served any more",
      notServed,
      /CRD is installed, and v1beta1 is not served: serve it again/,
    ),
    refused: false,
    rules: () => [{ when: group("/apis/multicluster.x-k8s.io/v1beta1/"), fault: notServed }],
  },
  {
    ...unread(
      "the MCS CRDs gone",
      notServed,
      /does not serve the Multi-Cluster Services API any more: let the ClusterSet install it/,
    ),
    refused: false,
    rules: () => [
      { when: group("/apis/multicluster.x-k8s.io"), fault: notServed },
      crd("serviceexports"),
      crd("serviceimports"),
    ],
  },
  {
    ...unread("discovery.k8s.io/v1 not served any more", notServed, /discovery|does not serve this kind/),
    rules: () => [{ when: group("/apis/discovery.k8s.io"), fault: notServed }],
  },
];

/** The one after which there is nothing of the API to see: a destroy takes what is left, and is done. */
export const crdsGone = outages.find(({ what }) => what === "the MCS CRDs gone");

/** From now on, or from the first write that comes by. Returns what ends it. */
export async function begin(
  outage: Outage,
  proxies: readonly Proxy[],
  from: "now" | "first write" = "now",
): Promise<() => Promise<void>> {
  if (outage.what === "refuse" && from === "now") await Promise.all(proxies.map((proxy) => proxy.down()));
  const undo = proxies.flatMap((proxy) => {
    let begun = from === "now";
    const fits = (when: Rule["when"]) => (context: Passage) => {
      begun ||= isWrite(context);
      return begun && (when?.(context) ?? true);
    };
    // The first rule that fits decides, and the last one added is the first.
    return outage
      .rules()
      .toReversed()
      .map((rule) => proxy.add({ ...rule, when: fits(rule.when) }));
  });
  return async () => {
    undo.forEach((back) => back());
    await Promise.all(proxies.map((proxy) => proxy.up()));
  };
}
