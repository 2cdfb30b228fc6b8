/**
 * The plugin's process killed between two writes of an update, and Ctrl-C in the middle of one: the next `up` reaches the objects of an
 * uninterrupted run, and whoever calls the service meanwhile is answered. Every kill point of every kind of change is tried at the pipeline
 * (tests/cluster/mcs/interruption.test.ts); here it is the engine's part that is proved, the state it keeps and what it does next.
 */
import assert from "node:assert/strict";
import { type Evidence, full, held } from "../support/evidence";
import { normalised } from "../support/normalised";
import { cliProcesses, pluginProcesses } from "../support/processes";
import { watchEndpoints, type Watcher } from "../support/watcher";
import { deployServe } from "../support/workload";
import { Members, ok, openClusterSet, type Program } from "./clusterset-stack";
import { patienceMs } from "./harness/index";
import { type KillPoint, setKillPoint } from "./kill-point";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const serve = { namespace: "default", exportFrom: ["member1"], importTo: ["member3"] };
const services = (args: object): Program => ({ services: { serve: { ...serve, ...args } } });

interface Turn {
  readonly what: string;
  readonly program: Program;
  /** member3 imports the service before and after. */
  readonly answering: boolean;
}

const moved = { exportFrom: ["member2"], importTo: ["member1", "member3"], derivedName: "far-serve" };
const create: Turn = { what: "create of a service", program: services({}), answering: false };
const destroy: Turn = { what: "destroy of a service", program: {}, answering: false };

/** Played round and round: the last leads to where the first begins. */
const RING: readonly Turn[] = full
  ? [
      create,
      { what: "exporter moved", program: services({ exportFrom: ["member2"] }), answering: true },
      { what: "importer added, derivedName changed", program: services(moved), answering: true },
      {
        what: "MultiClusterService becomes ServiceExport and ServiceImport",
        program: {
          exports: { "serve-out": { namespace: "default", name: "serve", cluster: "member2", adopt: true } },
          imports: { "serve-in": { namespace: "default", name: "serve", cluster: "member3", adopt: true } },
        },
        answering: true,
      },
      destroy,
    ]
  : [
      create,
      { what: "exporter moved, importer added, derivedName changed", program: services(moved), answering: true },
      destroy,
    ];

describe("an update that is cut short", function () {
  this.timeout(patienceMs);
  let members: Members;
  let played: Awaited<ReturnType<typeof openClusterSet>>;
  let watcher: Watcher | undefined;
  /** Turn → what stands after it, and how many writes it takes. */
  const whole = new Map<Turn, { readonly objects: object; readonly writes: number }>();

  before(async function () {
    this.timeout(600_000);
    members = await Members.start(3);
    for (const id of ["member1", "member2"]) await deployServe(members.api(id));
    played = await openClusterSet(members, { skipPreview: true });
  });
  after(async () => {
    await watcher?.stop().catch(() => undefined);
    played?.close();
    await members?.stop();
  });

  const objects = async () =>
    Object.fromEntries(
      await Promise.all(members.ids.map(async (id) => [id, await normalised(members.api(id))] as const)),
    );
  const writes = () => Object.values(members.take()).reduce((sum, { writes: made }) => sum + made.length, 0);

  /** Plays `up` to the turn's program by `cut`, then whole, and holds what stands then to what stood after the first, uninterrupted time. */
  async function turn(to: Turn, cut?: () => Promise<void>): Promise<void> {
    if (to.answering) watcher ??= watchEndpoints({ api: members.api("member3"), namespace: "default", name: "serve" });
    else await stopWatching(to);
    await played.program(to.program);
    await cut?.();
    members.take();
    ok(await played.stack.up());
    const known = whole.get(to);
    if (known) assert.deepEqual(await objects(), known.objects, to.what);
    else whole.set(to, { objects: await objects(), writes: writes() });
  }

  async function stopWatching(before: Turn): Promise<void> {
    const watched = await watcher?.stop();
    watcher = undefined;
    assert.deepEqual(watched?.gaps ?? [], [], `before ${before.what}`);
  }

  async function killed(to: Turn, point: Omit<KillPoint, "happen">): Promise<void> {
    const kill = () => pluginProcesses().forEach(({ pid }) => process.kill(pid, "SIGKILL"));
    const set = setKillPoint(Object.values(members.proxies), { ...point, happen: kill });
    const { ok: fine } = await played.stack.up();
    set.clear();
    assert.ok(set.reached, `${to.what} has no write ${point.after}`);
    assert.equal(fine, false, "an update whose plugin was killed is no success");
  }

  const told = (what: string, times: number): Evidence => ({ area: "kill", what, on: "pulumi", times });

  it("while the CRDs are installed: the next one installs them", async () => {
    await played.program({});
    const installed = { what: "CRDs installed", program: {}, answering: false };
    const points = full ? [0, 1, 2, 3, 4, 5] : [1];
    for (const after of points) {
      await killed(installed, { after, answer: after % 2 === 0 ? "before" : "done" });
      ok(await played.stack.up());
      if (after === points.at(-1)) break;
      ok(await played.stack.destroy());
      for (const id of members.ids) {
        for (const crd of ["serviceexports", "serviceimports"])
          await members.api(id)("DELETE", `${CRDS}/${crd}.multicluster.x-k8s.io`);
      }
    }
    held(told(installed.what, points.length));
  });

  it("by nothing: what stands after each turn", async () => {
    for (const to of RING) await turn(to);
  });

  it("between two writes, by SIGKILL of the plugin", async () => {
    const rounds = full ? Math.max(...[...whole.values()].map((it) => it.writes)) : 1;
    const times = new Map<string, number>();
    for (let round = 0; round < rounds; round += 1) {
      for (const [n, to] of RING.entries()) {
        const count = whole.get(to)!.writes;
        // In an ordinary run one in each turn, somewhere else in each.
        const after = full ? round : Math.floor((count * n) / RING.length);
        const answer = (round + n) % 2 === 0 ? "before" : "done";
        await turn(to, after < count ? () => killed(to, { after, answer }) : undefined);
        if (after < count) times.set(to.what, (times.get(to.what) ?? 0) + 1);
      }
    }
    for (const [what, count] of times) held(told(what, count));
  }).timeout(full ? 7_200_000 : 600_000);

  for (const times of full ? [[1], [2]] : [[1, 2]]) {
    it(`by Ctrl-C, ${times.map((n) => (n === 1 ? "once" : "twice")).join(" and ")}`, async () => {
      for (const [n, to] of RING.entries()) {
        const presses = full ? times[0] : times[n];
        await turn(to, presses ? () => interrupted(whole.get(to)!.writes / 2, presses) : undefined);
        if (presses) held(told(`Ctrl-C, ${presses === 1 ? "once" : "twice"}`, 1));
      }
    }).timeout(full ? 1_200_000 : 600_000);
  }

  async function interrupted(after: number, times: number): Promise<void> {
    const press = () => cliProcesses().forEach(({ pid }) => process.kill(pid, "SIGINT"));
    const happen = () => {
      press();
      if (times > 1) setTimeout(press, 300);
    };
    const proxies = Object.values(members.proxies);
    // For the second time to find the update still running, its writes hang.
    const set = setKillPoint(proxies, { after: Math.floor(after), answer: "before", happen }, times > 1);
    const { ok: fine } = await played.stack.up();
    set.clear();
    assert.ok(set.reached, "there were fewer writes");
    if (times > 1) assert.equal(fine, false);
    await played.stack.cancel();
  }
});
