/** Every bad input that a program can bring: what the person is told, and that nothing is written in any member. */
import assert from "node:assert/strict";
import { kubeconfigText } from "../controlplane/kubeconfig";
import type { Rule } from "../support/proxy";
import { assertNoStackTrace, Members, openClusterSet, type PlayedStack, type Program } from "./clusterset-stack";
import { held } from "../support/evidence";
import { patienceMs } from "./harness/index";

const serve = { namespace: "default", exportFrom: ["member1"], importTo: ["member2"] };
const service = (change: object): Program => ({ services: { serve: { ...serve, ...change } } });
const services = "/api/v1/namespaces/default/services";

interface Case {
  readonly what: string;
  readonly program: Program | (() => Program);
  /** In the order in which they are told. */
  readonly texts: readonly RegExp[];
  /** A preview only warns: the same program may still make what is absent. Then `up` is what fails. @default false */
  readonly upOnly?: true;
  /** Before, for member and path; taken away again. */
  readonly object?: readonly [member: string, path: string, object: { metadata: { name: string } }];
  readonly rule?: readonly [member: string, rule: Rule];
  readonly down?: string;
}

describe("bad input, as the engine tells it", function () {
  this.timeout(patienceMs);
  let members: Members;
  let played: PlayedStack & { close(): void };

  before(async function () {
    this.timeout(600_000);
    members = await Members.start(2, [{ name: "nobody", token: "n0body" }]);
    await members.api("member1")("POST", services, {
      metadata: { name: "serve" },
      spec: { ports: [{ port: 80 }], selector: { app: "serve" } },
    });
  });
  beforeEach(async () => {
    played = await openClusterSet(members, { skipPreview: true });
  });
  afterEach(() => played.close());
  after(() => members?.stop());

  const asUser = (token: string) => () => {
    const { caPem } = members.clusters.members.member2!;
    const { url: server } = members.proxies.member2!;
    const kubeconfig = kubeconfigText({ name: "member2", server, caPem, token });
    return { clusters: { member1: {}, member2: { kubeconfig } } };
  };

  const cases: readonly Case[] = [
    {
      what: "a clusterset without members",
      program: { clusters: {} },
      texts: [/clusters .*a clusterset needs at least one member: clusters: \{ member1:/],
    },
    {
      what: "cluster ids that are no DNS labels, or too long",
      program: { clusters: { Member_1: {}, ["m".repeat(64)]: {} } },
      texts: [
        /cluster id "Member_1" is not a DNS label; use lower-case letters, digits and "-"/,
        /cluster id "m{64}" has 64 characters; at most 63 are allowed/,
      ],
    },
    {
      what: "two ids for one cluster",
      program: { clusters: { member1: {}, member2: {}, again: { of: "member1" } } },
      texts: [
        /again and member1: both are the same cluster .*: remove one of them, or correct its kubeconfig or context/,
      ],
    },
    {
      what: "a kubeconfig that does not parse, and a context that it does not have",
      program: { clusters: { member1: { kubeconfig: "users: [t0ken" }, member2: { context: "staging" } } },
      texts: [
        /member1: the kubeconfig does not parse as YAML or JSON/,
        /member2: the kubeconfig has no context "staging"; it has: member2/,
      ],
    },
    {
      what: "a kubeconfig file that is not there",
      program: { clusters: { member1: { kubeconfigPath: "/nowhere/config" }, member2: {} } },
      texts: [/member1: .*\/nowhere\/config/],
    },
    {
      what: "a wrong credential",
      program: asUser("wr0ng"),
      texts: [/member2: .*does not accept the credential \(401\): renew the token/],
    },
    {
      what: "missing rights",
      program: asUser("n0body"),
      texts: [/member2: missing rights: list namespaces.*: grant them to this kubeconfig's user with a ClusterRole/],
    },
    {
      what: "a member older than 1.21",
      program: {},
      rule: [
        "member2",
        {
          when: ({ path }) => path === "/version",
          fault: {
            kind: "rewrite",
            change: (body) => ({ ...(body as object), major: "1", minor: "20+", gitVersion: "v1.20.15" }),
          },
        },
      ],
      texts: [/member2: Kubernetes v1\.20\.15 is too old: members need 1\.21 or newer; upgrade the cluster/],
    },
    {
      what: 'CRDs that are absent with crds: "require"',
      program: { set: { crds: "require" } },
      texts: [
        /member1: CRD serviceexports\.multicluster\.x-k8s\.io is not installed: .*, or set crds: "install"/,
        /member2: CRD serviceimports\.multicluster\.x-k8s\.io is not installed: /,
      ],
    },
    {
      what: "ranges that overlap",
      program: { clusters: { member1: { podCIDRs: ["10.50.0.0/16"] }, member2: { podCIDRs: ["10.50.128.0/17"] } } },
      texts: [
        /member1 and member2: pod range 10\.50\.0\.0\/16 of member1 overlaps pod range 10\.50\.128\.0\/17 of member2/,
      ],
    },
    {
      what: "a member that does not answer",
      program: {},
      down: "member2",
      texts: [/member2: .* is not reachable \(connection refused\)/],
    },
    {
      what: "settings that are not known, or out of range",
      program: { set: { unreachable: "wait", dropAfterSeconds: -1 } },
      texts: [
        /unreachable .*must be "hold" or "notReady" or "drop" or "fail", not "wait"/,
        /dropAfterSeconds .*must be a whole number from 0 to 2592000, not -1/,
      ],
    },
    {
      what: "a namespace and a name that are not valid",
      program: service({ namespace: "Default", name: "serve_1" }),
      texts: [/namespace .*"Default" is not a DNS label; use/, /name .*"serve_1" is not a DNS label; use/],
    },
    {
      what: "members that are not there, and none at all",
      program: service({ exportFrom: ["member9"], importTo: [] }),
      texts: [
        /exportFrom .*"member9" is not in the clusterset; its members are member1, member2/,
        /importTo .*names no member; the clusterset's members are member1, member2/,
      ],
    },
    {
      what: "labels that no member has",
      program: service({ importTo: { matchLabels: { region: "us" } } }),
      texts: [/importTo .*matchLabels region=us matches no member; the members are member1 \(no labels\), member2/],
    },
    {
      what: "a Service of type ExternalName",
      program: service({ name: "elsewhere" }),
      object: ["member1", services, externalName("elsewhere")],
      texts: [
        /cluster "member1": Service default\/elsewhere is of type ExternalName, which cannot be exported; export/,
      ],
    },
    {
      what: "a derived Service's name that somebody else uses",
      program: service({}),
      object: ["member2", services, { metadata: { name: "derived-serve" }, ...spec({ ports: [{ port: 80 }] }) }],
      texts: [/cluster "member2": Service default\/derived-serve was not made by pulumi-mcs; rename or delete it/],
    },
    {
      what: "a Service that does not exist",
      program: service({ name: "nothing" }),
      upOnly: true,
      texts: [
        /cluster "member1": Service default\/nothing does not exist; create it, or take "member1" out of exportFrom/,
      ],
    },
    {
      what: "a namespace that does not exist",
      program: service({ namespace: "nowhere" }),
      upOnly: true,
      texts: [/cluster "member1": namespace "nowhere" does not exist; create it, or take "member1" out of exportFrom/],
    },
  ];

  for (const { what, program, texts, upOnly, object, rule, down } of cases) {
    it(what, async () => {
      const undo: (() => unknown)[] = [];
      if (object) {
        const [member, path, body] = object;
        await members.api(member)("POST", path, body);
        undo.push(() => members.api(member)("DELETE", `${path}/${body.metadata.name}`));
      }
      if (rule) undo.push(members.proxies[rule[0]]!.add(rule[1]));
      if (down) {
        await members.proxies[down]!.down();
        undo.push(() => members.proxies[down]!.up());
      }
      try {
        await played.program(typeof program === "function" ? program() : program);
        const before = upOnly ? await withCrds() : await members.fingerprints();
        const result = upOnly ? await played.stack.up() : await played.stack.preview();
        assert.equal(result.ok, false, result.stdout);
        for (const text of texts) assert.match(result.error ?? "", text);
        assertNoStackTrace(result);
        for (const secret of ["t0ken", "wr0ng", "n0body"])
          assert.ok(!result.stdout.includes(secret), "a secret is shown");
        assert.deepEqual(await members.fingerprints(), before);
      } finally {
        for (const back of undo) await back();
      }
      held({ area: "bad input", what, on: "pulumi" });
    });
  }

  /** The membership comes before the service, and has its CRDs to install; what is there then must be there after. */
  async function withCrds() {
    const other = await openClusterSet(members, { skipPreview: true });
    await other.program({});
    assert.ok((await other.stack.up()).ok);
    other.close();
    return members.fingerprints();
  }
});

function spec(of: object): { spec: object } {
  return { spec: of };
}

function externalName(name: string) {
  return { metadata: { name }, ...spec({ type: "ExternalName", externalName: "example.org" }) };
}
