/**
 * Any faults at any moment of any sequence of changes: no endpoint that its cluster still has is lost, no import and no address, nothing is
 * written that was only decided by half; and when the faults are over, two runs bring what runs without faults would have.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { mcsCrds } from "../../provider/kube/crds/mcs-crds";
import { canonical } from "../../provider/mcs/canonical";
import { LABEL } from "../../provider/mcs/marks";
import type { UnreachablePolicy } from "../../provider/mcs/outage/outages";
import type { MemberErrorCode } from "../../provider/reconcile/member-error";
import type { Finding, Intent, Outcome } from "../../provider/reconcile/intent";
import type { Kind } from "../../provider/reconcile/member";
import { ProblemsError } from "../../provider/reconcile/reconcile";
import { endpoint } from "../support/builders";
import { held } from "../support/evidence";
import type { MemoryRequest } from "../support/memory-member";
import { tagged } from "../support/spec";
import { World } from "../support/world";

const ALL = ["member1", "member2", "member3"] as const;
type Id = (typeof ALL)[number];
const PLAYS = 250;

const WRITES: readonly MemoryRequest["verb"][] = ["create", "update", "patchStatus", "remove"];
const isWrite = ({ verb, dryRun }: MemoryRequest) => WRITES.includes(verb) && dryRun !== true;

/** One fault of one member in one run. */
interface Fault {
  readonly at: Id;
  readonly hits: "everything" | "reads" | "writes" | Kind;
  readonly code: MemberErrorCode;
  /** It begins at this one of the requests that it hits, from 0, and ends after so many. */
  readonly from: number;
  readonly times: number;
}

const LASTING = 10_000;
const answers = fc.constantFrom<MemberErrorCode>("unreachable", "unavailable", "unauthorized", "forbidden");
const moments = { from: fc.oneof(fc.constant(0), fc.nat(12)), times: fc.constantFrom(1, 2, LASTING, LASTING) };
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    at: fc.constantFrom(...ALL),
    hits: fc.constantFrom(
      "everything",
      "reads",
      "writes",
      "Namespace",
      "Service",
      "EndpointSlice",
      "ServiceExport",
      "ServiceImport",
    ),
    code: answers,
    ...moments,
  }),
  fc.record({
    at: fc.constantFrom(...ALL),
    hits: fc.constant("writes" as const),
    code: fc.constant("conflict" as const),
    ...moments,
  }),
  fc.record({
    at: fc.constantFrom(...ALL),
    hits: fc.constantFrom("ServiceExport" as const, "ServiceImport" as const, "EndpointSlice" as const),
    code: fc.constant("notServed" as const),
    ...moments,
  }),
);

function hits({ hits: what }: Fault, request: MemoryRequest): boolean {
  switch (what) {
    case "everything":
      return true;
    case "reads":
      return !isWrite(request);
    case "writes":
      return isWrite(request);
    default:
      return request.kind === what;
  }
}

function failing(faults: readonly Fault[]): World["failing"] {
  const seen = new Map<Fault, number>();
  return (request) => {
    for (const it of faults.filter((f) => f.at === request.member && hits(f, request))) {
      const nth = seen.get(it) ?? 0;
      seen.set(it, nth + 1);
      if (nth >= it.from && nth < it.from + it.times) return it.code;
    }
    return undefined;
  };
}

interface Round {
  /** Pods of each exporter. */
  readonly pods: Readonly<Record<Id, number>>;
  readonly unready: readonly Id[];
  readonly exportFrom: readonly Id[];
  readonly importTo: readonly Id[];
  readonly faults: readonly Fault[];
}

interface Play {
  readonly policy: UnreachablePolicy;
  readonly rounds: readonly Round[];
  /** Cannot be read, when all is settled. */
  readonly lost: readonly Id[];
}

const some = fc.oneof({ weight: 3, arbitrary: fc.constant([...ALL]) }, { weight: 2, arbitrary: fc.subarray([...ALL]) });
const round: fc.Arbitrary<Round> = fc.record({
  pods: fc.record({ member1: fc.nat(4), member2: fc.nat(2), member3: fc.nat(4) }),
  unready: fc.subarray([...ALL], { maxLength: 1 }),
  exportFrom: some,
  importTo: some,
  faults: fc.array(fault, { maxLength: 3 }),
});
const plays: fc.Arbitrary<Play> = fc.record({
  policy: fc.constantFrom<UnreachablePolicy>(
    { do: "hold" },
    { do: "hold" },
    { do: "notReady" },
    { do: "drop", afterSeconds: 0 },
    { do: "drop", afterSeconds: 100_000 },
    { do: "fail" },
  ),
  rounds: fc.array(round, { minLength: 1, maxLength: 4 }),
  lost: fc.subarray([...ALL], { minLength: 1 }),
});

const intentOf = ({ exportFrom, importTo }: Round, unreachable: UnreachablePolicy): Partial<Intent> => ({
  exportFrom: [...exportFrom].sort(),
  importTo: [...importTo].sort(),
  maxEndpointsPerSlice: 2,
  unreachable,
});

function podsOf(round: Round, id: Id): readonly string[] {
  return Array.from({ length: round.pods[id] }, (_, n) => `10.${id.slice(-1)}.0.${n}`);
}

function begin(world: World, round: Round): void {
  for (const id of ALL) {
    const ready = !round.unready.includes(id);
    const pods = podsOf(round, id).map((a) =>
      endpoint(a, { conditions: { ready, serving: ready, terminating: false } }),
    );
    world.service(id, pods);
  }
}

/** "member1 10.1.0.0" in each importer, whatever its conditions. */
async function addresses(world: World): Promise<ReadonlyMap<Id, readonly string[]>> {
  return new Map(
    await Promise.all(ALL.map(async (id) => [id, (await world.endpoints(id)).map((e) => e.replace("!", ""))] as const)),
  );
}

/** Everything that tells of one outage or two, gone: uids, addresses, versions, times, and our memory of the order. */
async function picture(world: World): Promise<string> {
  const members = await Promise.all(
    ALL.map(async (id) => {
      const [exported, imported, derived] = [
        await world.exported(id),
        await world.imported(id),
        await world.derived(id),
      ];
      const { ips: _ips, ...spec } = imported?.spec ?? {};
      return {
        id,
        exported: exported && (await world.conditions(id)),
        imported: imported && {
          spec,
          clusters: imported.status?.clusters,
          ready: await world.conditions(id, "ServiceImport"),
        },
        derived: derived && {
          ports: derived.spec.ports,
          headless: derived.spec.clusterIP === "None",
          labels: derived.metadata.labels,
        },
        told: imported?.spec.ips?.join() === derived?.spec.clusterIPs?.join(),
        endpoints: await world.endpoints(id),
      };
    }),
  );
  return canonical(members);
}

/** Slices that came from `source`, byte for byte, in those that are to import. */
async function slicesFrom(world: World, source: Id, { importTo }: Round): Promise<string> {
  const lists = await Promise.all(importTo.map((id) => world.importedSlices(id)));
  return canonical(lists.map((list) => list.filter((s) => s.metadata.labels?.[LABEL.sourceCluster] === source)));
}

/** Equal before and after: nothing was written. */
async function versions(world: World): Promise<string> {
  const kinds = ["ServiceExport", "ServiceImport", "Service", "EndpointSlice"] as const;
  const lists = await Promise.all(ALL.flatMap((id) => kinds.map((kind) => world.at(id).listMetadata(kind))));
  return canonical(lists.flat().map(({ metadata }) => [metadata.uid, metadata.resourceVersion]));
}

async function run(world: World, intent: Partial<Intent>): Promise<Outcome | ProblemsError> {
  try {
    return await world.reconcile(intent);
  } catch (error) {
    assert.ok(error instanceof ProblemsError, `a run ends with ${String(error)}`);
    return error;
  }
}

/** The test's own looks are not the run's. */
async function quietly<T>(world: World, look: () => Promise<T>): Promise<T> {
  const before = world.failing;
  world.failing = undefined;
  try {
    return await look();
  } finally {
    world.failing = before;
  }
}

async function faultyRun(world: World, round: Round, policy: UnreachablePolicy): Promise<void> {
  const intent = intentOf(round, policy);
  const unannounced = ALL.filter((id) =>
    round.faults.some(
      (f) => f.at === id && f.from === 0 && f.times === LASTING && (f.hits === "everything" || f.hits === "reads"),
    ),
  );
  const before = {
    versions: await versions(world),
    addresses: await addresses(world),
    slices: new Map(
      await Promise.all(unannounced.map(async (id) => [id, await slicesFrom(world, id, round)] as const)),
    ),
    imports: new Map(await Promise.all(ALL.map(async (id) => [id, await world.imported(id)] as const))),
    derived: new Map(await Promise.all(ALL.map(async (id) => [id, await world.derived(id)] as const))),
  };

  world.failing = failing(round.faults);
  const surveyed = await world.writesOf(() => world.preview(intent));
  assert.deepEqual(surveyed, [], "a preview writes");

  world.failing = failing(round.faults);
  let outcome: Outcome | ProblemsError | undefined;
  const writes = await world.writesOf(async () => {
    outcome = await run(world, intent);
  });
  const tried = writes.filter((w) => unannounced.some((id) => w.startsWith(id)));
  assert.deepEqual(tried, [], "a write to a member that could not be read");

  await quietly(world, async () => {
    if (outcome instanceof ProblemsError)
      assert.equal(await versions(world), before.versions, "problems, and yet a write");
    const after = await addresses(world);
    const stayed = policy.do !== "drop" || policy.afterSeconds > 0;
    for (const importer of ALL) {
      if (!round.importTo.includes(importer)) continue;
      const had = before.addresses.get(importer)!;
      const has = after.get(importer)!;
      for (const source of ALL) {
        if (!round.exportFrom.includes(source)) continue;
        const now = podsOf(round, source).map((a) => `${source} ${a}`);
        const lost = had.filter((e) => now.includes(e) && !has.includes(e));
        if (stayed) assert.deepEqual(lost, [], `endpoints of ${source} lost in ${importer}`);
        const invented = has.filter((e) => e.startsWith(source) && !now.includes(e) && !had.includes(e));
        assert.deepEqual(invented, []);
      }
      // Somebody was to export before and after: the import lives, and its address with it.
      const was = before.imports.get(importer);
      if (was && round.exportFrom.length > 0) {
        const is = await world.imported(importer);
        assert.equal(is?.metadata.uid, was.metadata.uid, `the import of ${importer}`);
        const had = before.derived.get(importer);
        if (had) assert.equal((await world.derived(importer))?.metadata.uid, had.metadata.uid);
      }
    }
    if (policy.do === "hold" || policy.do === "fail") {
      for (const source of unannounced) assert.equal(await slicesFrom(world, source, round), before.slices.get(source));
    }
  });
}

/** With the definitions of the API as objects, as in a cluster. */
function clusterSet(): World {
  const world = new World(ALL);
  for (const member of world.members.values()) mcsCrds.forEach((crd) => member.put("CustomResourceDefinition", crd));
  return world;
}

const messages = (findings: readonly Finding[]) => findings.map((f) => f.message).join("\n");

async function clean(world: World, intent: Partial<Intent>): Promise<void> {
  world.failing = undefined;
  const first = await world.reconcile(intent);
  assert.equal(messages(first.failures), "");
  await world.reconcile(intent);
  assert.deepEqual(await world.writesOf(() => world.reconcile(intent)), [], "a third run after the faults writes");
}

describe("any faults at any moment", function () {
  this.timeout(900_000);

  it(
    tagged(
      ["G10", "E3", "D2"],
      "nothing is lost by them, nothing is concluded from what could not be read, and two runs later all is as without them",
    ),
    async () => {
      const plays_ = Number(process.env["RUNS"] ?? PLAYS);
      let faults = 0;
      await fc.assert(
        fc.asyncProperty(plays, async ({ policy, rounds, lost }) => {
          const [world, other] = [clusterSet(), clusterSet()];
          for (const it of rounds) {
            for (const each of [world, other]) begin(each, it);
            await faultyRun(world, it, policy);
            await other.reconcile(intentOf(it, policy));
            faults += it.faults.length;
            world.failing = undefined;
          }
          const last = rounds.at(-1)!;
          await clean(world, intentOf(last, policy));
          assert.equal(await picture(world), await picture(other), "not as without the faults");

          const hold = intentOf(last, { do: "hold" });
          // That its owner asks for something else by now is recorded on an import.
          await world.reconcile(hold);
          lost.forEach((id) => world.unreachable.add(id));
          assert.deepEqual(await world.writesOf(() => world.reconcile(hold)), [], "an outage alone is reason to write");
          world.unreachable.clear();

          world.failing = failing(last.faults);
          const { failures } = await world.destroy(intentOf(last, policy));
          world.failing = undefined;
          if (failures.length === 0) assert.deepEqual(await world.ours(), [], "destroy says that it is done");
          assert.equal(messages((await world.destroy(intentOf(last, policy))).failures), "");
          assert.deepEqual(await world.ours(), []);
        }),
        { numRuns: plays_ },
      );
      held({ area: "outage", what: "random faults at random moments of random changes", on: "rules", times: faults });
    },
  );
});
