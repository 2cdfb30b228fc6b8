/** Requests, told apart by verb and kind. */
import assert from "node:assert/strict";
import { requestsOfOthers } from "../../../bench/measure/own-requests";
import { byVerbAndKind, costsOf, kindOf, roundTripsInARow, verbOf } from "../../../bench/measure/traffic";
import type { Exchange } from "../../support/exchange";

const MCS = "/apis/multicluster.x-k8s.io/v1beta1";
const SLICES = "/apis/discovery.k8s.io/v1";

function exchange(line: string, rest: Partial<Exchange> = {}): Exchange {
  const [method = "", target = ""] = line.split(" ");
  const { pathname: path, searchParams: query } = new URL(target, "http://member");
  return { method, path, query, sent: 0, received: 0, begun: 0, ended: 0, body: "", contentType: "", ...rest };
}

describe("a request", () => {
  const rows: readonly (readonly [line: string, verb: string, kind: string])[] = [
    ["GET /api/v1/services?limit=500", "list", "services"],
    ["GET /api/v1/namespaces/shop/services/web", "get", "services"],
    ["GET /api/v1/namespaces/kube-system", "get", "namespaces"],
    ["GET /api/v1/namespaces", "list", "namespaces"],
    [`GET ${SLICES}/endpointslices?watch=1`, "watch", "endpointslices"],
    [`POST ${MCS}/namespaces/shop/serviceexports`, "create", "serviceexports"],
    [`PUT ${MCS}/namespaces/shop/serviceexports/web/status`, "update", "serviceexports/status"],
    ["POST /api/v1/namespaces/shop/services?dryRun=All", "create (dry run)", "services"],
    [`DELETE ${SLICES}/namespaces/shop/endpointslices/web-1`, "delete", "endpointslices"],
    ["GET /version", "get", "version"],
  ];
  for (const [line, verb, kind] of rows) {
    it(`${line} is ${verb} ${kind}`, () => {
      const one = exchange(line);
      assert.deepEqual([verbOf(one), kindOf(one.path)], [verb, kind]);
    });
  }
});

describe("the traffic of an operation", () => {
  const list = exchange("GET /api/v1/services", { sent: 1024, received: 4096 });
  const write = exchange("POST /api/v1/namespaces/shop/services", { sent: 2048, received: 0 });

  it("adds up by verb and kind over all members, most bytes first", () => {
    assert.deepEqual(byVerbAndKind({ member1: [write, list], member2: [list] }), [
      { verb: "list", kind: "services", requests: 2, sentKiB: 2, receivedKiB: 8 },
      { verb: "create", kind: "services", requests: 1, sentKiB: 2, receivedKiB: 0 },
    ]);
  });

  it("costs what it costs the member that has the most", () => {
    const { requests, writes, watches } = costsOf({
      member1: [list, write],
      member2: [list, list, exchange("GET /api/v1/services?watch=1")],
    });
    assert.deepEqual({ requests, writes, watches }, { requests: 3, writes: 1, watches: 1 });
  });

  it("has as many round trips in a row as requests that waited for the one before", () => {
    const during = (begun: number, ended: number, line = "GET /version") => exchange(line, { begun, ended });
    const watch = during(0, 1000, "GET /api/v1/services?watch=1");
    const traffic = {
      member1: [during(0, 50), during(50, 100), watch],
      member2: [during(0, 51), during(60, 110), during(101, 150)],
    };
    assert.equal(roundTripsInARow(traffic), 3);
  });
});

describe("a change of few services", () => {
  const usual = exchange("GET /api/v1/services");
  const own = exchange(`PUT ${SLICES}/namespaces/shop/endpointslices/imported-member1-x`);
  const of = (...all: readonly Exchange[]) => requestsOfOthers({ member1: all }, { member1: [usual] }, 1);

  it("asks for nothing of the others where it names its own and lists what is always listed", () => {
    assert.equal(of(usual, own, exchange("GET /api/v1/namespaces/shop/services/derived-service-0")), 0);
  });

  it("is told of a request that names another service", () => {
    assert.equal(of(usual, exchange("GET /api/v1/namespaces/shop/services/derived-service-1")), 1);
    assert.equal(of(usual, exchange(`GET ${SLICES}/endpointslices?labelSelector=name%3Dservice-7`)), 1);
  });

  it("is told of a list of everything that an update without changes does not make", () => {
    assert.equal(of(usual, usual, own), 1);
  });

  it("may ask for what no service is named in, as rights and versions", () => {
    assert.equal(of(usual, exchange("GET /version"), exchange("GET /api/v1/nodes")), 0);
  });
});
