/** Any sequence of what people do to a service, with a run after each: nothing is lost, nothing is left over, and a second run writes nothing. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { IPFamily, ServiceSpec } from "../../provider/mcs/api";
import type { Intent } from "../../provider/reconcile/intent";
import { endpoint, KEY } from "../support/builders";
import { tagged } from "../support/spec";
import { World } from "../support/world";
import { RUNS } from "./claims";

const EXPORTERS = ["member1", "member3"] as const;
const ALL = ["member1", "member2", "member3"];
type Exporter = (typeof EXPORTERS)[number];

/** What the owners of a Service do between two runs. */
type Step =
  | { readonly do: "scale"; readonly at: Exporter; readonly pods: number }
  | { readonly do: "flip"; readonly at: Exporter }
  | { readonly do: "repack"; readonly at: Exporter }
  | { readonly do: "retype"; readonly at: Exporter }
  | { readonly do: "reports"; readonly at: Exporter }
  | { readonly do: "export" | "unexport"; readonly at: Exporter }
  | { readonly do: "import"; readonly to: readonly string[] }
  | { readonly do: "lose"; readonly ids: readonly string[] };

const at = fc.constantFrom(...EXPORTERS);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("scale" as const), at, pods: fc.nat(6) }),
  fc.record({ do: fc.constantFrom("flip" as const, "repack" as const), at }),
  fc.record({ do: fc.constantFrom("retype" as const, "reports" as const), at }),
  fc.record({ do: fc.constantFrom("export" as const, "unexport" as const), at }),
  fc.record({ do: fc.constant("import" as const), to: fc.subarray(ALL) }),
  fc.record({
    do: fc.constant("lose" as const),
    ids: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.subarray(ALL) }),
  }),
);

interface Play {
  readonly max: number;
  readonly dual: boolean;
  readonly steps: readonly Step[];
}

/** One member's Service as its owner has it. */
interface Pods {
  pods: { address: string; ready: boolean }[];
  packing: number;
  headless: boolean;
  ports: ServiceSpec["ports"];
}

class Players {
  readonly world: World;
  readonly state = new Map<Exporter, Pods>();
  exportFrom: Exporter[] = ["member1"];
  importTo: readonly string[] = ["member2"];
  readonly max: number;

  constructor({ max, dual }: Play) {
    const both: readonly IPFamily[] = ["IPv4", "IPv6"];
    this.world = new World(ALL, dual ? { families: { member1: both, member2: both } } : {});
    this.max = max;
    for (const id of EXPORTERS) {
      this.state.set(id, {
        pods: [],
        packing: 0,
        headless: false,
        ports: [{ name: "http", protocol: "TCP", port: 80 }],
      });
      this.scale(id, 2);
      this.publish(id);
    }
  }

  play(step: Step): void {
    if (step.do === "import") this.importTo = step.to;
    else if (step.do === "lose") {
      this.world.unreachable.clear();
      for (const id of step.ids) this.world.unreachable.add(id);
    } else if (step.do === "export") this.exportFrom = [...new Set([...this.exportFrom, step.at])].sort();
    else if (step.do === "unexport") this.exportFrom = this.exportFrom.filter((id) => id !== step.at);
    else {
      const own = this.state.get(step.at)!;
      if (step.do === "scale") this.scale(step.at, step.pods);
      if (step.do === "flip" && own.pods[0]) own.pods[0].ready = !own.pods[0].ready;
      if (step.do === "repack") own.packing += 1;
      if (step.do === "retype") own.headless = !own.headless;
      if (step.do === "reports")
        own.ports =
          own.ports?.length === 1
            ? [...own.ports, { name: "admin", protocol: "TCP", port: 81 }]
            : [{ name: "web", protocol: "TCP", port: 80 }];
      this.publish(step.at);
    }
  }

  private scale(id: Exporter, pods: number): void {
    const own = this.state.get(id)!;
    own.pods = Array.from(
      { length: pods },
      (_, n) => own.pods[n] ?? { address: `10.${id.slice(-1)}.0.${n}`, ready: true },
    );
  }

  /** What the API server and the EndpointSlice controller make of it. */
  private publish(id: Exporter): void {
    const { pods, packing, headless, ports } = this.state.get(id)!;
    const member = this.world.at(id);
    const live = this.servicesOf.get(id);
    if (live !== undefined && live !== headless) member.drop("Service", KEY);
    this.servicesOf.set(id, headless);
    this.world.service(id, [], { ports, ...(headless && { clusterIP: "None" }) });
    member.drop("EndpointSlice", { ...KEY, name: "serve-x7k2p" });
    for (const n of [0, 1, 2]) member.drop("EndpointSlice", { ...KEY, name: `serve-${packing - 1}-${n}` });
    const slicePorts = (ports ?? []).map((p, n) => ({
      name: p.name ?? "",
      protocol: p.protocol ?? "TCP",
      port: 8080 + n,
    }));
    for (const n of [0, 1, 2]) {
      const own = pods.filter((_, at) => (at + packing) % 3 === n);
      const list = own.map((p) =>
        endpoint(p.address, { conditions: { ready: p.ready, serving: true, terminating: false } }),
      );
      const name = `serve-${packing}-${n}`;
      if (list.length > 0) this.world.slice(id, list, { name, ports: slicePorts });
      else member.drop("EndpointSlice", { ...KEY, name });
    }
  }
  private readonly servicesOf = new Map<Exporter, boolean>();

  get intent(): Partial<Intent> {
    return { exportFrom: this.exportFrom, importTo: [...this.importTo].sort(), maxEndpointsPerSlice: this.max };
  }

  /** What an importer should hold while all members answer. */
  get expected(): readonly string[] {
    return this.exportFrom
      .flatMap((id) => this.state.get(id)!.pods.map((p) => `${id} ${p.address}${p.ready ? "" : "!"}`))
      .sort();
  }
}

const plays: fc.Arbitrary<Play> = fc.record({
  max: fc.constantFrom(1, 2, 100),
  dual: fc.boolean(),
  steps: fc.array(step, { minLength: 1, maxLength: 5 }),
});

/** Chance finds these rarely. */
const FAILED_ONCE: readonly Play[] = [
  {
    // The first import that remembers anything is made while the member that member3's export is in conflict with cannot be read.
    max: 1,
    dual: false,
    steps: [
      { do: "retype", at: "member1" },
      { do: "export", at: "member3" },
      { do: "lose", ids: ["member1", "member2"] },
      { do: "import", to: ["member3"] },
    ],
  },
  {
    // A second conflict comes while a member cannot be read, and the first is still told: it was not told, and its Event made in every run.
    max: 1,
    dual: false,
    steps: [
      { do: "export", at: "member3" },
      { do: "lose", ids: ["member2"] },
      { do: "reports", at: "member1" },
      { do: "retype", at: "member1" },
    ],
  },
];

async function steady(players: Players): Promise<void> {
  const { world } = players;
  const before = await fromLost(players);
  const outcome = await world.reconcile(players.intent);
  assert.deepEqual(await fromLost(players), before, "what came from members that cannot be read");
  const answering = ALL.filter((id) => !world.unreachable.has(id));
  assert.deepEqual(
    outcome.failures.filter((f) => answering.includes(f.member ?? "")),
    [],
  );
  assert.deepEqual(await world.writesOf(() => world.reconcile(players.intent)), [], "a second run writes");
}

/** In every member that answers and imports: the endpoints that came from those that do not answer. */
async function fromLost({ world, importTo }: Players): Promise<readonly string[]> {
  const importers = ALL.filter((id) => importTo.includes(id) && !world.unreachable.has(id));
  const lists = await Promise.all(importers.map((id) => world.endpoints(id)));
  return lists.flatMap((list, n) =>
    list.filter((e) => world.unreachable.has(e.split(" ")[0]!)).map((e) => `${importers[n]}: ${e}`),
  );
}

async function complete(players: Players): Promise<void> {
  const { world, importTo, exportFrom } = players;
  for (const id of ALL) {
    const importing = importTo.includes(id) && exportFrom.length > 0;
    assert.deepEqual(await world.endpoints(id), importing ? players.expected : [], `endpoints of ${id}`);
    assert.equal((await world.imported(id)) !== undefined, importing, `import of ${id}`);
    assert.equal((await world.derived(id)) !== undefined, importing, `derived Service of ${id}`);
  }
  for (const id of EXPORTERS)
    assert.equal((await world.exported(id)) !== undefined, exportFrom.includes(id), `export of ${id}`);
}

describe("any sequence of changes", function () {
  this.timeout(900_000);

  it(
    tagged(
      ["B8", "E4", "G2", "G8", "D2", "G10"],
      "with a run after each: no endpoint is lost, none is left over, nothing is refused, and a second run writes nothing",
    ),
    async () => {
      await fc.assert(
        fc.asyncProperty(plays, async (play) => {
          const players = new Players(play);
          await steady(players);
          for (const step of play.steps) {
            players.play(step);
            await steady(players);
            if (players.world.unreachable.size === 0) await complete(players);
          }
          players.world.unreachable.clear();
          await steady(players);
          await complete(players);
          const { failures } = await players.world.destroy(players.intent);
          assert.deepEqual(failures, []);
          assert.deepEqual(await players.world.ours(), []);
        }),
        { numRuns: Number(process.env["RUNS"] ?? RUNS), examples: FAILED_ONCE.map((play) => [play]) },
      );
    },
  );
});
