/** What a compromised member may say, rule by rule: what becomes of it, and that nobody else is harmed by it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { exporterEndpoints } from "../../../provider/mcs/derive/exporter-endpoints";
import type { Endpoint, EndpointSlice, ServiceSpec } from "../../../provider/mcs/api";
import { memoryOf } from "../../../provider/mcs/merge/memory";
import { rememberedConstituents } from "../../../provider/mcs/merge/remembered-constituents";
import { isDnsSubdomain } from "../../../provider/mcs/label-value";
import { ADDRESSES_MAX, PORTS_MAX } from "../../../provider/mcs/limits";
import { ANNOTATION } from "../../../provider/mcs/marks";
import { isReservedKey, RESERVED_DOMAINS } from "../../../provider/mcs/reserved-keys";
import { importedSliceName } from "../../../provider/mcs/derive/names";
import { offerOf } from "../../../provider/mcs/merge/offer";
import { exportersOf } from "../../../provider/mcs/merge/exporters";
import { validity } from "../../../provider/mcs/merge/validity";
import {
  constituent,
  endpoint,
  endpointSlice,
  KEY,
  OWNER,
  service,
  serviceExport,
  serviceImport,
  unreadable,
  view,
} from "../../support/builders";
import { held } from "../../support/evidence";
import { slicesIn } from "../../support/slices-in";

const on = { area: "hostile input", on: "rules" } as const;

interface Bounds {
  readonly podCIDRs?: readonly string[];
  readonly own?: ReadonlySet<string>;
  readonly serviceCIDRs?: readonly string[];
}

const admitted = (slice: EndpointSlice, { podCIDRs, own: ownAddresses, serviceCIDRs }: Bounds = {}) => {
  const exporter = exporterEndpoints({ cluster: "member1", slices: [slice], podCIDRs });
  const leftOut = exporter.leftOutIn({ id: "member2", service: { ownAddresses, serviceCIDRs } });
  const taken = exporter.slices.flatMap(({ endpoints }) => endpoints ?? []).filter((it) => !leftOut.endpoints.has(it));
  return [taken.length, [...exporter.rejected, ...leftOut.rejected][0]?.what] as const;
};

describe("an endpoint that a member lists", () => {
  const own = new Set(["10.2.0.10", "172.18.0.2", "fd00::10"]);
  const cases: readonly (readonly [string, string | Endpoint, EndpointSlice["addressType"], RegExp, Bounds?])[] = [
    ["loopback", "127.0.0.1", "IPv4", /"127\.0\.0\.1" is a loopback address/],
    ["loopback with zeros", "127.000.0.1", "IPv4", /is a loopback address/],
    ["link-local", "169.254.169.254", "IPv4", /"169\.254\.169\.254" is a link-local address/],
    ["unspecified", "0.0.0.0", "IPv4", /is an unspecified address/],
    ["multicast", "239.1.2.3", "IPv4", /is a multicast address/],
    ["broadcast", "255.255.255.255", "IPv4", /is a broadcast address/],
    ["out of range", "10.0.0.256", "IPv4", /"10\.0\.0\.256" is not an IPv4 address/],
    ["short form", "10.1", "IPv4", /is not an IPv4 address/],
    ["of the other family", "fd00::1", "IPv4", /"fd00::1" is not an IPv4 address/],
    ["of the other family", "10.0.0.1", "IPv6", /"10\.0\.0\.1" is not an IPv6 address/],
    ["IPv6 loopback", "0:0::1", "IPv6", /is a loopback address/],
    ["IPv6 link-local", "fe80::1", "IPv6", /is a link-local address/],
    ["IPv6 with a zone", "fd00::1%eth0", "IPv6", /is not an IPv6 address/],
    ["IPv6 multicast", "ff02::1", "IPv6", /is a multicast address/],
    ["IPv6 unspecified", "::", "IPv6", /is an unspecified address/],
    ["IPv4-mapped", "::ffff:10.0.0.1", "IPv6", /is an IPv4 address in the form of IPv6/],
    ["IPv4-mapped in hexadecimal", "::ffff:a9fe:a9fe", "IPv6", /is an IPv4 address in the form of IPv6/],
    ["IPv4-compatible", "::127.0.0.1", "IPv6", /is an IPv4 address in the form of IPv6/],
    ["IPv4-compatible in hexadecimal", "::a9fe:a9fe", "IPv6", /is an IPv4 address in the form of IPv6/],
    ["IPv4-translated", "::ffff:0:127.0.0.1", "IPv6", /is an IPv4 address in the form of IPv6/],
    ["NAT64", "64:ff9b::7f00:1", "IPv6", /is an IPv4 address in the form of IPv6/],
    ["NAT64 of a good address", "64:ff9b::10.1.0.5", "IPv6", /is an IPv4 address in the form of IPv6/],
    ["NAT64 of a site", "64:ff9b:1:7f00:0:100::", "IPv6", /is an IPv4 address in the form of IPv6/],
    ["Teredo", "2001:0:808:808::80ff:fffe", "IPv6", /is an IPv4 address in the form of IPv6/],
    [
      "6to4 of loopback",
      "2002:7f00:1::1",
      "IPv6",
      /"2002:7f00:1::1" carries 127\.0\.0\.1, which is a loopback address/,
    ],
    ["6to4 of link-local", "2002:a9fe:a9fe::1", "IPv6", /carries 169\.254\.169\.254, which is a link-local address/],
    ["6to4 of broadcast", "2002:ffff:ffff::1", "IPv6", /carries 255\.255\.255\.255, which is a broadcast address/],
    ["ISATAP of loopback", "fd00:1::5efe:7f00:1", "IPv6", /carries 127\.0\.0\.1, which is a loopback address/],
    ["ISATAP, universal", "fd00:1::200:5efe:7f00:1", "IPv6", /carries 127\.0\.0\.1, which is a loopback address/],
    ["a host name", "db.example.org", "FQDN", /"db\.example\.org" is a host name, not an address/],
    ["no address at all", "10.0.0.1/../../x?dryRun=All#", "IPv4", /is not an IPv4 address/],
    ["an escape", "\u001b[2J10.0.0.1", "IPv4", /^address " \[2J10\.0\.0\.1" is not an IPv4 address$/],
    ["10 kB", "1".repeat(10_000), "IPv4", /^.{1,160}$/],
    ["nothing", { addresses: [] }, "IPv4", /lists no address/],
    ["2000 addresses", { addresses: Array(2000).fill("10.0.0.1") }, "IPv4", /lists 2000 addresses, more than 100/],
    ["one bad of two", { addresses: ["10.0.0.1", "127.0.0.1"] }, "IPv4", /"127\.0\.0\.1" is a loopback/],
    ["a host name of its own", endpoint("10.0.0.1", { hostname: "a/../b" }), "IPv4", /"a\/\.\.\/b", which is no DNS/],
    [
      "outside the pod ranges",
      "10.3.0.1",
      "IPv4",
      /is outside its podCIDRs/,
      { podCIDRs: ["10.1.0.0/16", "fd00:1::/48"] },
    ],
    ["outside, IPv6", "fd00:2::1", "IPv6", /is outside its podCIDRs/, { podCIDRs: ["10.1.0.0/16", "fd00:1::/48"] }],
    ["a cluster IP there", "10.2.0.10", "IPv4", /belongs to a Service or the API server there/, { own }],
    ["a cluster IP there by 6to4", "2002:a02:a::1", "IPv6", /belongs to a Service or the API server there/, { own }],
    ["the API server by ISATAP", "fd00:1::5efe:ac12:2", "IPv6", /belongs to a Service or the API/, { own }],
    ["a Service by 6to4", "2002:a60:304::", "IPv6", /belongs to a Service/, { serviceCIDRs: ["10.96.0.0/12"] }],
    ["the API server there", "172.018.0.2", "IPv4", /belongs to a Service or the API server there/, { own }],
    ["a Service range there", "10.96.3.4", "IPv4", /belongs to a Service/, { serviceCIDRs: ["10.96.0.0/12"] }],
  ];
  for (const [what, given, addressType, says, bounds] of cases) {
    it(`is left out, and its neighbour is not: ${what}, ${addressType}`, () => {
      const good = addressType === "IPv6" ? "fd00:1::5" : "10.1.0.5";
      const list = addressType === "FQDN" ? [given] : [given, good];
      const [kept, told] = admitted(endpointSlice(list, { addressType }), bounds);
      assert.equal(kept, list.length - 1);
      assert.match(told ?? "", says);
    });
  }

  it("is taken where a pod may be", () => {
    const bounds = { podCIDRs: ["10.1.0.0/16", "192.168.7.0/24"], own };
    const good = ["10.1.0.1", "10.1.255.254", "192.168.7.9"];
    assert.deepEqual(admitted(endpointSlice(good), bounds), [3, undefined]);
    for (const address of ["100.64.0.1", "240.0.0.1", "8.8.8.8"])
      assert.deepEqual(admitted(endpointSlice([address])), [1, undefined], address);
    for (const address of ["2002:a01:5::7", "fd00:1::5efe:a01:5", "fd00::7f00:1", "2001:470::1", "64:ff9b:2::7f00:1"])
      assert.deepEqual(admitted(endpointSlice([address], { addressType: "IPv6" }), { own }), [1, undefined], address);
    const most = endpoint("10.0.0.1", { addresses: Array<string>(ADDRESSES_MAX).fill("10.0.0.1") });
    assert.deepEqual(admitted(endpointSlice([most])), [1, undefined]);
    held({ ...on, what: "addresses that no pod of the member can have", times: cases.length });
  });
});

describe("a source slice of any name", () => {
  it("gives a slice of ours with a name that an object can have", () => {
    const tricks = [
      "../../services/x",
      "a%2fb",
      "x?dryRun=All",
      "x#y",
      "..",
      ".",
      "",
      "A",
      "x\u001b[2J",
      "a.-b",
      "__proto__",
    ];
    const any = fc.oneof(fc.constantFrom(...tricks, "x".repeat(10_000)), fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(any, (name) => {
        const made = importedSliceName("member1", name, "", "derived-serve");
        assert.ok(isDnsSubdomain(made), made);
        assert.ok(made.startsWith("imported-member1-"));
      }),
    );
    const names = new Set(tricks.map((name) => importedSliceName("member1", name, "", "derived-serve")));
    assert.equal(names.size, tricks.length);
    held({ ...on, what: "path tricks and nonsense in names", times: tricks.length + 1 });
  });

  it("feeds only ports that a slice may have, each once", () => {
    const source = {
      cluster: "member1",
      slices: [
        endpointSlice(["10.1.0.5"], {
          ports: [
            { name: "http", protocol: "TCP", port: 8080, appProtocol: "not a name" },
            { name: "http", protocol: "TCP", port: 9090 },
            { name: "bad", protocol: "ICMP", port: 1 },
            { name: "big", protocol: "TCP", port: 70000 },
            { name: "half", protocol: "TCP", port: 1.5 },
          ],
        }),
      ],
      portNames: new Map(["http", "bad", "big", "half"].map((name) => [name, name])),
    };
    const target = { key: KEY, derivedName: "derived-serve", importUid: "u", headless: false };
    const [made] = slicesIn("member2", source, { ...target, families: ["IPv4"], maxEndpoints: 100, owner: OWNER });
    assert.deepEqual(made?.ports, [{ name: "http", protocol: "TCP", port: 8080 }]);
  });
});

describe("an exported Service that no API server would store", () => {
  const many = Array.from({ length: PORTS_MAX + 1 }, (_, n) => ({ name: `p${n}`, port: n + 1 }));
  const long = Array.from({ length: 200 }, (_, n) => ({
    name: `p${n}`,
    port: n + 1,
    appProtocol: `${"a".repeat(60)}.${"b".repeat(60)}.example.org/${"c".repeat(60)}`,
  }));
  const cases: readonly (readonly [string, object, RegExp])[] = [
    ["port 0", { ports: [{ name: "http", port: 0 }] }, /0 is not a port number/],
    ["port 65536", { ports: [{ name: "http", port: 65536 }] }, /65536 is not a port number/],
    ["half a port", { ports: [{ name: "http", port: 80.5 }] }, /80\.5 is not a port number/],
    ["a port name", { ports: [{ name: "../x\u001b[2J", port: 80 }] }, /"\.\.\/x \[2J" is not a port name/],
    ["a long port name", { ports: [{ name: "a".repeat(10_000), port: 80 }] }, /^.{0,250} is not a port name$/],
    ["a protocol", { ports: [{ port: 80, protocol: "ICMP" }] }, /"ICMP" is not a protocol/],
    ["an appProtocol", { ports: [{ port: 80, appProtocol: "a b" }] }, /"a b" is not an appProtocol/],
    [
      "one name twice",
      {
        ports: [
          { name: "a", port: 1 },
          { name: "a", port: 2 },
        ],
      },
      /two ports are named "a"/,
    ],
    [
      "one number twice",
      {
        ports: [
          { name: "a", port: 1 },
          { name: "b", port: 1 },
        ],
      },
      /two ports are 1\/TCP/,
    ],
    ["too many ports", { ports: many }, /251 ports, more than 250/],
    ["too long ports", { ports: long }, /more than 32768 bytes/],
    ["an affinity", { sessionAffinity: "Cookie" }, /sessionAffinity is "Cookie"/],
    [
      "an affinity that lasts",
      { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 1e12 } } },
      /1000000000000 is not 1 to 86400 seconds/,
    ],
    ["a policy", { internalTrafficPolicy: "Nowhere" }, /internalTrafficPolicy is "Nowhere"/],
    ["a family", { ipFamilies: ["IPv5"] }, /ipFamilies "IPv5" are not IPv4, IPv6 or both/],
    ["a family twice", { ipFamilies: ["IPv4", "IPv4"] }, /ipFamilies "IPv4,IPv4"/],
  ];
  for (const [what, spec, says] of cases) {
    it(`is not exported, and the export says why: ${what}`, () => {
      const found = validity(serviceExport(), service(spec as Partial<ServiceSpec>));
      assert.equal(found.state, "failed");
      assert.match("message" in found ? found.message : "", says);
    });
  }

  it("is invalid where its type is none", () => {
    const found = validity(serviceExport(), service({ type: "Magic\n" }));
    assert.ok(found.state === "invalid" && found.reason === "InvalidServiceType", JSON.stringify(found));
    assert.match(found.message, /of type "Magic ", not ClusterIP or NodePort or LoadBalancer/);
  });

  it("tells a few of a hundred thousand faults", () => {
    const keys = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`no key ${n}`, ""]));
    const found = validity(serviceExport(0, { exportedLabels: keys }), service());
    assert.ok(found.state === "failed" && found.message.length < 2_000, "message");
    assert.match("message" in found ? found.message : "", /99996 more$/);
  });

  it("offers no trafficDistribution that is not known", () => {
    assert.equal(
      offerOf(service({ trafficDistribution: "PreferMars" }), serviceExport()).trafficDistribution,
      undefined,
    );
    assert.equal(validity(serviceExport(), service({ trafficDistribution: "PreferMars" })).state, "valid");
    held({ ...on, what: "Services that no API server would store", times: cases.length + 2 });
  });
});

it("an exporter sets no key that controllers of other clusters act on", () => {
  const reserved = [
    "external-dns.alpha.kubernetes.io/hostname",
    "service.beta.kubernetes.io/aws-load-balancer-type",
    "Service.Kubernetes.io/topology-mode",
    "kubernetes.io/service-name",
    "node.k8s.io/x",
    "meta.helm.sh/release-name",
    "argocd.argoproj.io/instance",
    "kustomize.toolkit.fluxcd.io/name",
    "service.cilium.io/global",
    "io.cilium/global-service",
    "io.cilium.k8s.policy.cluster",
    "service.beta.openshift.io/serving-cert-secret-name",
    "kapp.k14s.io/app",
    "objectset.rio.cattle.io/id",
    "fleet.cattle.io/bundle-id",
    "helm.sh/resource-policy",
    "helm.toolkit.fluxcd.io/name",
    "App.Kubernetes.io/instance",
    "app.kubernetes.io/managed-by",
    "networking.istio.io/exportTo",
    "multicluster.x-k8s.io/a",
    "pulumi-mcs/owner",
    ...Object.keys(RESERVED_DOMAINS).flatMap((domain) => [`${domain}/a`, `a.b.${domain}/c`]),
  ];
  for (const key of reserved) assert.ok(isReservedKey(key), key);
  for (const key of [
    "__proto__",
    "constructor",
    "app.kubernetes.io/name",
    "prometheus.io/scrape",
    "notkubernetes.io/a",
    "kubernetes.io.example.org/a",
    "io.ciliumx/a",
    "kubernetes.io",
    "example.com/helm.sh",
    `${"a.".repeat(500_000)}helm.sh/a`,
  ])
    assert.ok(!isReservedKey(key), key);
  const labels = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>;
  const { value } = offerOf(service(), serviceExport(0, { exportedLabels: labels })).labels;
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.equal(value?.["constructor"], "y");
  held({ ...on, what: "keys that steer controllers, prototype keys", times: reserved.length + 2 });
});

describe("the memory that an importing member keeps of others", () => {
  const remembering = (list: unknown) =>
    serviceImport({}, { annotations: { [ANNOTATION.constituents]: JSON.stringify(list) } });
  const honest = constituent("member3", 5);
  const forged = { ...honest, since: "1970-01-01T00:00:00Z" };

  it("holds nothing that no export could have offered, and no exported values", () => {
    const with_ = (change: object) => [{ ...honest, offer: { ...honest.offer, ...change } }];
    const bad: readonly unknown[] = [
      with_({ ports: Array.from({ length: 10_000 }, (_, n) => ({ port: n + 1, name: `p${n}` })) }),
      with_({ ports: [{ port: 70000 }] }),
      with_({ ports: [{ port: 80, name: "\u001b[2J" }] }),
      with_({ sessionAffinity: "Cookie" }),
      with_({ trafficDistribution: "PreferMars" }),
      with_({ ipFamilies: [] }),
      with_({ labels: { hash: "../" } }),
      [{ ...honest, since: "0" }],
      [{ ...honest, cluster: "../member3" }],
    ];
    for (const list of bad)
      assert.deepEqual(rememberedConstituents(remembering(list)), [], JSON.stringify(list).slice(0, 200));
    const extra = with_({ labels: { hash: "0", value: { "pulumi-mcs/managed": "false" } }, extra: "x" });
    const [known] = rememberedConstituents(remembering(extra));
    assert.deepEqual(known?.offer.labels, { hash: "0" });
    assert.ok(known && !("extra" in known.offer));
    held({ ...on, what: "a forged memory of another member", times: bad.length + 1 });
  });

  it("counts for less than what most importers remember", () => {
    const memory = (id: string, text: unknown) => view(id, { import: remembering(text) });
    const true_ = JSON.parse(memoryOf([honest]).text) as unknown;
    const views = [
      memory("member1", [forged]),
      memory("member2", true_),
      unreadable("member3"),
      memory("member4", true_),
    ];
    const { constituents } = exportersOf(views, { key: KEY, owner: OWNER, exportFrom: [] });
    assert.deepEqual(
      constituents.map(({ since }) => since),
      [honest.since],
    );
  });
});
