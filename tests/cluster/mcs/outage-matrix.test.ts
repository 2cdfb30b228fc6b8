/**
 * Every way in which one member, or all, can fail, at every moment of a clusterset's life: what is kept, what goes on, how long it takes, what is
 * said, and that the next run completes. The handlers that the engine calls, in this process, on real API servers behind proxies that break.
 */
import assert from "node:assert/strict";
import { connect } from "../../../provider/kube/connect";
import { createFleet } from "../../../provider/reconcile/observe/fleet";
import { handlers } from "../../../provider/dynamic-provider";
import { parseClusters } from "../../../provider/resources/inputs/cluster-configs";
import { useContext } from "../../../provider/resources/process/context";
import type { Handlers } from "../../../provider/resources/handlers";
import type { Properties } from "../../../provider/resources/inputs/properties";
import { parseSettings } from "../../../provider/resources/inputs/settings";
import { held } from "../../support/evidence";
import { begin, crdsGone, outages, type Outage } from "../../support/outages";
import { startProxy, type Proxy } from "../../support/proxy";
import { createScene, type Scene } from "./scene";
import { describeOnMembers, MEMBERS, type MemberId } from "./stage";

/** One request may take so long; Retry-After of a second fits in. */
const PATIENCE = 2;
/** What an operation may take at most, however busy the machine. */
const BOUND_MS = 60_000;

const moments = ["preflight", "preview", "up", "up, from its first write", "refresh", "destroy"] as const;
/** In how it is read as unreadable, one member's way of failing is as another's: of all at once a few are enough, but in the full run. */
const ofAll = outages.filter(({ what }) => ["refuse", "hang", "500", "the MCS CRDs gone"].includes(what));
const full = process.env["MCS_RELIABILITY"] === "full";
type Moment = (typeof moments)[number];
type Extent = "one member" | "all members";

const { ClusterSetMembership: membership, MultiClusterService: service } = handlers;

describeOnMembers("an outage", (stage) => {
  const proxies = {} as Record<MemberId, Proxy>;
  const lines: string[] = [];
  let scene: Scene;
  let set: { id: string; inputs: Properties; outs: Properties };
  let it_: { id: string; inputs: Properties; outs: Properties };
  let round = 0;

  before(async function () {
    this.timeout(120_000);
    for (const id of MEMBERS) proxies[id] = await startProxy(stage.cluster(id).kubeconfig);
    scene = await createScene(stage);
    for (const id of MEMBERS) {
      await scene.service(id);
      await scene.endpoints(id, [`10.${id.slice(-1)}.0.0`]);
    }
    const args = {
      __provider: "the door",
      resourceUrn: "urn:set",
      name: "prod",
      clusters: Object.fromEntries(MEMBERS.map((id) => [id, {}])),
    };
    set = await inNewProcess(async () => {
      const inputs = await checked(membership, {}, args);
      return { inputs, ...(await membership.create(inputs)) };
    });
    it_ = await made();
  });
  after(async function () {
    this.timeout(60_000);
    useContext(undefined);
    await Promise.all(Object.values(proxies).map((proxy) => proxy.close()));
  });

  async function made() {
    const { namespace, name } = scene;
    const args = {
      __provider: "the door",
      resourceUrn: "urn:s",
      namespace,
      name,
      exportFrom: [...MEMBERS],
      importTo: [...MEMBERS],
      await: false,
    };
    return inNewProcess(async () => {
      const inputs = await checked(service, {}, args);
      return { inputs, ...(await service.create(inputs)) };
    });
  }

  async function checked(of: Handlers, olds: Properties, news: Properties): Promise<Properties> {
    const { inputs, failures } = await of.check(olds, news);
    assert.deepEqual(failures, []);
    return inputs;
  }

  /** As a plugin process: its own connections, nothing remembered. */
  async function inNewProcess<T>(work: () => Promise<T>): Promise<T> {
    const { clusters } = parseClusters(
      JSON.stringify(
        Object.fromEntries(
          MEMBERS.map((id) => {
            const { podCIDRs, serviceCIDRs } = stage.cluster(id);
            return [id, { kubeconfig: proxies[id].kubeconfig, podCIDRs, serviceCIDRs }];
          }),
        ),
      ),
    );
    const byId = new Map(clusters.map((cluster) => [cluster.id, cluster]));
    const fleet = createFleet({
      ids: MEMBERS,
      connect: (id) => connect({ ...byId.get(id), id, timeoutSeconds: PATIENCE }),
      clock: Date.now,
    });
    lines.length = 0;
    useContext({
      set: { clusters, failures: [] },
      settings: parseSettings(undefined),
      members: byId,
      fleet,
      log: { write: async ({ message }) => void lines.push(message) },
      pass: { is: "real" },
    });
    try {
      return await work();
    } finally {
      useContext(undefined);
      await fleet.close();
    }
  }

  /** An error is an answer, too, and what it carries is what the engine stores. */
  async function outcomeOf(work: () => Promise<unknown>): Promise<{ failed: boolean; text: string }> {
    const began = Date.now();
    try {
      await inNewProcess(work);
      return { failed: false, text: lines.join("\n") };
    } catch (error) {
      const { message, stack } = error as Error;
      assert.ok(!stack?.includes("\n    at "), `a stack trace would be shown: ${stack}`);
      return { failed: true, text: [...lines, message].join("\n") };
    } finally {
      assert.ok(Date.now() - began < BOUND_MS, "it takes too long");
      for (const id of MEMBERS) {
        const said = lines.join("\n");
        assert.ok(
          !said.includes(stage.cluster(id).token) && !said.includes("Please log in"),
          "a secret or a body is said",
        );
      }
    }
  }

  const address = (id: MemberId, of: number) => `10.${id.slice(-1)}.0.${of}`;
  async function scale(id: MemberId): Promise<void> {
    const endpoints = [
      { addresses: [address(id, round)], conditions: { ready: true, serving: true, terminating: false } },
    ];
    await scene.patch(id, "EndpointSlice", "serve-ipv4", { endpoints });
  }
  const everywhere = async () =>
    Object.fromEntries(await Promise.all(MEMBERS.map(async (id) => [id, await scene.addressesIn(id)] as const)));

  async function operate(moment: Moment): Promise<{ failed: boolean; text: string }> {
    switch (moment) {
      case "preflight":
        return outcomeOf(async () => {
          const changed = { ...set.inputs, requestTimeoutSeconds: 31 + (round % 60) };
          const inputs = await checked(membership, set.inputs, changed);
          set = { ...set, inputs, outs: (await membership.update(set.id, set.outs, inputs)).outs };
        });
      case "preview":
        return outcomeOf(async () => {
          await membership.diff(set.id, set.outs, set.inputs);
          await service.diff(it_.id, it_.outs, it_.inputs);
        });
      case "up":
      case "up, from its first write":
        return outcomeOf(() => service.update(it_.id, it_.outs, it_.inputs));
      case "refresh":
        return outcomeOf(async () => {
          assert.equal((await membership.read(set.id, set.outs)).id, set.id);
          const { props } = await service.read(it_.id, it_.outs);
          // What is known of an importer that could not be read is what it was.
          for (const id of MEMBERS) assert.ok((props.imports as Properties)[id], `the refresh forgets ${id}`);
          assert.deepEqual(Object.keys(props.exports as Properties), [...MEMBERS]);
        });
      case "destroy":
        return outcomeOf(() => service.delete(it_.id, it_.outs));
    }
  }

  /** Versions of what came from `lost` and of everything in them: held means none of it is written. */
  async function untouchable(lost: readonly MemberId[]): Promise<Readonly<Record<string, string>>> {
    const all = await scene.versions();
    const own = Object.entries(all).filter(
      ([what]) => lost.some((id) => what.startsWith(`${id} `)) && !what.includes("Event"),
    );
    const from = await Promise.all(
      MEMBERS.flatMap((id) =>
        lost.map(async (source) =>
          (await scene.slicesIn(id, source)).map(
            ({ metadata }) => [`${id} ${metadata.name}`, metadata.resourceVersion ?? ""] as const,
          ),
        ),
      ),
    );
    return Object.fromEntries([...own, ...from.flat()]);
  }
  const identities = async () => {
    const imports = await Promise.all(MEMBERS.map((id) => scene.importIn(id)));
    const derived = await Promise.all(MEMBERS.map((id) => scene.derivedIn(id)));
    return [
      ...imports.map((o) => [o.metadata.uid, o.spec.ips]),
      ...derived.map((o) => [o.metadata.uid, o.spec.clusterIPs]),
    ];
  };

  async function completes(): Promise<void> {
    const again = await outcomeOf(() => service.update(it_.id, it_.outs, it_.inputs));
    assert.ok(!again.failed, again.text);
    const addresses = MEMBERS.map((id) => address(id, round));
    assert.deepEqual(await everywhere(), Object.fromEntries(MEMBERS.map((id) => [id, addresses])));
    Object.values(proxies).forEach((proxy) => (proxy.passages.length = 0));
    await inNewProcess(() => service.update(it_.id, it_.outs, it_.inputs));
    assert.deepEqual(
      Object.values(proxies).flatMap((proxy) => proxy.writes()),
      [],
    );
  }

  async function play(outage: Outage, moment: Moment, extent: Extent): Promise<void> {
    round += 1;
    const lost: readonly MemberId[] = extent === "all members" ? MEMBERS : ["member3"];
    const others = MEMBERS.filter((id) => !lost.includes(id));
    for (const id of MEMBERS) await scale(id);
    const kept = await untouchable(lost);
    const all = await scene.versions();
    const whole = await identities();
    const end = await begin(
      outage,
      lost.map((id) => proxies[id]),
      moment === "up, from its first write" ? "first write" : "now",
    );
    const result = await operate(moment).finally(end);
    const { effect } = outage;

    if (effect === "passing") assert.ok(!result.failed, result.text);
    else if (moment === "destroy" && outage !== crdsGone) assert.ok(result.failed, "destroy says that it is done");
    if (effect === "unread" && moment !== "up, from its first write") {
      for (const id of lost) assert.ok(result.text.includes(id), `${id} is not named: ${result.text}`);
      // A preflight finds CRDs that are to be installed; the proxy's word against the server's, they cannot.
      const other = moment === "destroy" || (moment === "preflight" && outage === crdsGone);
      if (!other) assert.match(result.text, outage.told);
      // A destroy takes what came from it out of the others; and where the CRDs are gone, there is nothing of ours to see but Services and slices.
      const stays = (what: string) =>
        moment !== "destroy" || (outage !== crdsGone && lost.some((id) => what.startsWith(`${id} `)));
      const now = await untouchable(lost);
      for (const [what, version] of Object.entries(kept))
        if (stays(what)) assert.equal(now[what], version, `${what} was touched`);
    }
    if (moment === "preview" || moment === "preflight") assert.deepEqual(await scene.versions(), all);
    if (moment === "destroy") {
      for (const id of effect === "unread" ? others : [])
        assert.deepEqual(await scene.list(id, "ServiceImport"), [], id);
      const rest = await outcomeOf(() => service.delete(it_.id, it_.outs));
      assert.ok(!rest.failed, rest.text);
      for (const id of MEMBERS) {
        assert.deepEqual(await scene.slicesIn(id), []);
        assert.deepEqual(await scene.list(id, "ServiceImport"), []);
        assert.deepEqual(await scene.list(id, "ServiceExport"), []);
      }
      it_ = await made();
    } else {
      assert.deepEqual(await identities(), whole, "an import or a derived Service was made anew");
      const proceeds = moment === "up" || moment === "refresh";
      for (const id of proceeds && effect === "unread" ? others : []) {
        const has = await scene.addressesIn(id);
        for (const source of others)
          assert.ok(has.includes(address(source, round)), `${id} lacks what ${source} has: ${has.join()}`);
      }
    }
    await completes();
    held({ area: "outage", what: `${outage.what}, during ${moment}`, on: "pipeline" });
    held({ area: "size", what: "members of one clusterset", on: "pipeline", times: MEMBERS.length });
  }

  for (const extent of ["one member", "all members"] as const) {
    for (const outage of extent === "one member" || full ? outages : ofAll) {
      it(`${outage.what}, of ${extent}, at every moment`, async function () {
        this.timeout(600_000);
        for (const moment of moments) {
          try {
            await play(outage, moment, extent);
          } catch (error) {
            throw new Error(`during ${moment}: ${(error as Error).message}`, { cause: error });
          }
        }
      });
    }
  }
});
