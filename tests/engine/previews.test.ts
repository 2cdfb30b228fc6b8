/**
 * Truthful previews: what a preview names is what the update then writes, object by object and both ways. Counted at a proxy before each
 * member; Events, a courtesy, are the one thing that is not announced, and a status write belongs to the object that is.
 */
import assert from "node:assert/strict";
import { full, held } from "../support/evidence";
import { Members, ok, openClusterSet, type PlayedStack, type Program } from "./clusterset-stack";
import { type OperationResult, patienceMs } from "./harness/index";

const LABEL = "kubernetes.io/service-name";
const NS = "/api/v1/namespaces";
const SLICES = "/apis/discovery.k8s.io/v1/namespaces";

/** One set of members, one change after the other. */
interface Row {
  readonly change: string;
  /** What the program says from here on. */
  readonly program?: (was: Program) => Program;
  /** What other hands do before the preview. */
  readonly arrange?: (members: Members) => Promise<unknown>;
  /** Takes the way of another row, with another field: in the full run only. */
  readonly alike?: true;
}

const base = { namespace: "default", exportFrom: ["member1"], importTo: ["member2"], await: false };
const service =
  (change: object) =>
  (was: Program): Program => ({ ...was, services: { serve: { ...was.services!["serve"], ...change } } });
const clusters =
  (all: Readonly<Record<string, object>>) =>
  (was: Program): Program => ({ ...was, clusters: all });
const two = { member1: {}, member2: {} };

/** A Service with an address of its own making, and one slice of ready endpoints. */
async function offer(
  members: Members,
  id: string,
  at: { namespace?: string; name?: string; spec?: object } = {},
): Promise<void> {
  const { namespace = "default", name = "serve", spec = {} } = at;
  const ports = [{ name: "http", port: 80, protocol: "TCP" }];
  await members.api(id)("POST", `${NS}/${namespace}/services`, { metadata: { name }, spec: { ports, ...spec } });
  await members.api(id)("POST", `${SLICES}/${namespace}/endpointslices`, {
    metadata: { name: `${name}-1`, labels: { [LABEL]: name } },
    addressType: "IPv4",
    endpoints: [{ addresses: [`10.9.${id.at(-1)}.1`] }],
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
  });
}

const TABLE: readonly Row[] = [
  { change: "a new clusterset and a new service" },
  { change: "nothing" },
  { change: "exportedLabels", program: service({ exportedLabels: { team: "shop" } }) },
  {
    alike: true,
    change: "exportedAnnotations",
    program: service({ exportedAnnotations: { "example.org/docs": "there" } }),
  },
  { alike: true, change: "maxEndpointsPerSlice", program: service({ maxEndpointsPerSlice: 10 }) },
  {
    change: "new pods",
    arrange: (members) =>
      members.api("member1")("PATCH", `${SLICES}/default/endpointslices/serve-1`, {
        endpoints: [{ addresses: ["10.9.1.1"] }, { addresses: ["10.9.1.2"] }, { addresses: ["10.9.1.3"] }],
      }),
  },
  {
    change: "a derived Service that was deleted, and an export that was edited",
    arrange: async (members) => {
      await members.api("member2")("DELETE", `${NS}/default/services/derived-serve`);
      await members.api("member1")(
        "PATCH",
        "/apis/multicluster.x-k8s.io/v1beta1/namespaces/default/serviceexports/serve",
        { spec: { exportedLabels: { team: "others" } } },
      );
    },
  },
  { change: "derivedName", program: service({ derivedName: "far-serve" }) },
  {
    change: "the source becomes headless",
    arrange: async (members) => {
      await members.api("member1")("DELETE", `${NS}/default/services/serve`);
      const ports = [{ name: "http", port: 80, protocol: "TCP" }];
      await members.api("member1")("POST", `${NS}/default/services`, {
        metadata: { name: "serve" },
        spec: { clusterIP: "None", ports },
      });
    },
  },
  { change: "a cluster added", program: clusters({ ...two, member3: {} }) },
  {
    change: "an exporter added that disagrees: a conflict",
    arrange: (members) =>
      offer(members, "member3", { spec: { sessionAffinity: "ClientIP", internalTrafficPolicy: "Local" } }),
    program: service({ exportFrom: ["member1", "member3"] }),
  },
  { alike: true, change: "the import moves to another member", program: service({ importTo: ["member3"] }) },
  { change: "the export moves to another member", program: service({ exportFrom: ["member3"] }) },
  { change: "every member imports", program: service({ importTo: "all" }) },
  {
    change: "a cluster leaves, and the export moves back",
    program: (was) => service({ exportFrom: ["member1"] })(clusters({ ...two, member3: { leaving: true } })(was)),
  },
  { change: "a cluster is removed", program: clusters(two) },
  {
    change: "another name: replaced",
    arrange: (members) => offer(members, "member1", { name: "web" }),
    program: service({ name: "web", importTo: ["member2"], exportFrom: ["member1"] }),
  },
  {
    alike: true,
    change: "another namespace: replaced",
    arrange: async (members) => {
      for (const id of ["member1", "member2"]) await members.api(id)("POST", NS, { metadata: { name: "shop" } });
      await offer(members, "member1", { namespace: "shop", name: "web" });
    },
    program: service({ namespace: "shop" }),
  },
];

const KINDS: Readonly<Record<string, string>> = {
  services: "Service",
  endpointslices: "EndpointSlice",
  serviceexports: "ServiceExport",
  serviceimports: "ServiceImport",
  clusterproperties: "ClusterProperty",
  customresourcedefinitions: "CustomResourceDefinition",
};
const VERBS: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "update", DELETE: "remove" };

interface Told {
  /** Sorted: `member2 create Service derived-serve`; where only the proxy knows, a created object has no name. */
  readonly objects: readonly string[];
  /** Member → created, updated and removed slices. */
  readonly slices: Readonly<Record<string, string>>;
}

/** What the lines of the resources announce. */
function announced(result: OperationResult): Told {
  const objects: string[] = [];
  const slices: Record<string, string> = {};
  for (const { message, ephemeral } of result.logs) {
    const [first = ""] = message.split("\n");
    const [, member, what] = /^(member\d): (.+)$/.exec(first) ?? [];
    if (ephemeral || !member || !what) continue;
    for (const part of what.split("; ")) {
      const [, added, changed, removed] = /^slices \+(\d+) ~(\d+) −(\d+)/.exec(part) ?? [];
      // A replacement has two lines: what goes, and what comes.
      const sofar = (slices[member] ?? "0/0/0").split("/").map(Number);
      if (added) slices[member] = [added, changed, removed].map((n, at) => Number(n) + sofar[at]!).join("/");
      const [, verb, kind, name] = /^(create|update|replace|remove) ([A-Z]\w+) (\S+)/.exec(part) ?? [];
      if (verb === "replace") objects.push(`${member} remove ${kind} ${name}`, `${member} create ${kind} ${name}`);
      else if (verb) objects.push(`${member} ${verb} ${kind} ${name}`);
    }
  }
  // What is replaced under its own name is named by what goes and by what comes.
  return { objects: [...new Set(objects)].sort(), slices };
}

/** What went through the proxies, in the words of the announcement. */
function written(taken: ReturnType<Members["take"]>, planned: Told): Told {
  const objects = new Set<string>();
  const slices: Record<string, string> = {};
  const creations: string[] = [];
  for (const [member, { writes }] of Object.entries(taken)) {
    const counts = { create: new Set<number>(), update: new Set<string>(), remove: new Set<string>() };
    writes.forEach((write, at) => {
      const [method = "", path = ""] = write.split(" ");
      const steps = path.split("/");
      const status = steps.at(-1) === "status" ? steps.pop() : undefined;
      const kind = method === "POST" ? KINDS[steps.at(-1)!] : KINDS[steps.at(-2)!];
      const name = method === "POST" ? undefined : steps.at(-1);
      const verb = VERBS[method];
      if (!kind || !verb) return;
      if (kind === "EndpointSlice") {
        if (verb === "create") counts.create.add(at);
        else counts[verb as "update" | "remove"].add(name!);
        return;
      }
      if (verb === "create") return void creations.push(`${member} create ${kind}`);
      const made = planned.objects.includes(`${member} create ${kind} ${name}`);
      if (!(made && (status || verb === "update"))) objects.add(`${member} ${verb} ${kind} ${name}`);
    });
    const { create, update, remove } = counts;
    if (create.size + update.size + remove.size > 0) slices[member] = `${create.size}/${update.size}/${remove.size}`;
  }
  return { objects: [...creations, ...objects].sort(), slices };
}

function withoutCreatedNames({ objects, slices }: Told): Told {
  return { objects: objects.map((it) => it.replace(/( create \w+) .*/, "$1")).sort(), slices };
}

describe("a preview and what follows", function () {
  this.timeout(patienceMs);
  let members: Members;
  let played: PlayedStack & { close(): void };
  let program: Program = { clusters: two, services: { serve: base } };

  before(async function () {
    this.timeout(600_000);
    program = { clusters: two, services: { serve: base } };
    members = await Members.start(3);
    await offer(members, "member1");
    played = await openClusterSet(members);
  });
  after(async () => {
    played?.close();
    await members?.stop();
  });

  for (const { change, program: changed, arrange } of TABLE.filter(({ alike }) => full || !alike)) {
    it(`announces what is written, and nothing else: ${change}`, async () => {
      await arrange?.(members);
      program = changed?.(program) ?? program;
      await played.program(program);
      members.take();
      const preview = announced(ok(await played.stack.preview()));
      const before = members.take();
      assert.deepEqual(
        Object.values(before).flatMap(({ writes }) => writes),
        [],
      );
      const up = ok(await played.stack.up());
      assert.deepEqual(written(members.take(), preview), withoutCreatedNames(preview));
      assert.deepEqual(
        up.logs.map(({ message }) => message).filter((message) => message.includes("announced was")),
        [],
      );
      if (change !== "nothing" && change !== "a cluster is removed" && change !== "maxEndpointsPerSlice") {
        assert.ok(preview.objects.length + Object.keys(preview.slices).length > 0, "nothing was announced");
      }
      held({ area: "preview", what: change, on: "pulumi" });
    });
  }

  it("a refresh announces in both of its phases what it repairs in the second", async () => {
    const derived = `${NS}/default/services/derived-again`;
    await offer(members, "member1", { name: "again" });
    await played.program({ clusters: two, services: { again: { ...base, name: "again" } } });
    ok(await played.stack.up());
    await members.api("member2")("DELETE", derived);
    const first = ok(await played.stack.refresh({ previewOnly: true }));
    await assert.rejects(members.api("member2")("GET", derived));
    const second = ok(await played.stack.refresh());
    for (const phase of [first, second]) {
      assert.deepEqual(played.lines(phase, "again"), ["member2: create Service derived-again"], phase.stdout);
    }
    await members.api("member2")("GET", derived);
    held({ area: "preview", what: "refresh: told in both phases, repaired in the second", on: "pulumi" });
  });
});
