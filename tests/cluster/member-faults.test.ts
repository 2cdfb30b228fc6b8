/** A member's fault on real API servers: what member3 lacks, claims, takes too long for or refuses stops nothing between member1 and member2. */
import assert from "node:assert/strict";
import * as sinon from "sinon";
import type { Service } from "../../provider/mcs/api";
import { ApiError } from "../controlplane/admin";
import { waitFor } from "../controlplane/wait";
import type { Fault as ProxyFault, Passage } from "../support/proxy";
import type { PluginOptions } from "./handlers-stage";
import { type Made, SERVICES, startThreeMembers, type ThreeMembers } from "./three-members";

const NODES = "/api/v1/nodes";
const ADMISSION = "/apis/admissionregistration.k8s.io/v1";
const HOUR = 3_600_000;

type Undo = () => unknown;

interface Fault {
  readonly what: string;
  /** From now on member3 has it. */
  begin(at: ThreeMembers): Promise<Undo>;
  readonly options?: PluginOptions;
  readonly told: RegExp;
}

async function answers({ stage }: ThreeMembers, fault: ProxyFault, when: (passage: Passage) => boolean): Promise<Undo> {
  return stage.proxies.member3!.add({ when, fault });
}

const faults: readonly Fault[] = [
  {
    what: "lacks a right",
    async begin({ stage }) {
      await stage.rights.member3!.take({ verb: "delete", group: "multicluster.x-k8s.io", resource: "serviceimports" });
      return () => stage.grant("both", "installCrds");
    },
    told: /member3: missing rights: delete serviceimports\.multicluster\.x-k8s\.io/,
  },
  {
    what: "claims every address, by a Node",
    async begin({ stage }) {
      const spec = { podCIDR: "0.0.0.0/0", podCIDRs: ["0.0.0.0/0"] };
      await stage.api("member3")("POST", NODES, { metadata: { name: "liar" }, spec });
      return () => stage.api("member3")("DELETE", `${NODES}/liar`);
    },
    options: { learning: ["member3"] },
    told: /range 0\.0\.0\.0\/0 of member3/,
  },
  {
    what: "says that it is member1",
    async begin(at) {
      const kubeSystem = "/api/v1/namespaces/kube-system";
      const theirs = (await at.stage.api("member1")("GET", kubeSystem)) as Service;
      const change = () => theirs;
      return answers(at, { kind: "rewrite", change }, ({ path }) => path === kubeSystem);
    },
    told: /member1 and member3: both are the same cluster/,
  },
  {
    what: "is too old",
    begin(at) {
      const change = () => ({ major: "1", minor: "20", gitVersion: "v1.20.0" });
      return answers(at, { kind: "rewrite", change }, ({ path }) => path === "/version");
    },
    told: /member3: Kubernetes v1\.20\.0 is too old/,
  },
  {
    what: "is slow in every answer, none of which is too late",
    begin: (at) =>
      answers(at, { kind: "slow", ms: 8_000 }, ({ method, path }) => method === "GET" && path !== "/version"),
    options: { patience: { readingSeconds: 3, furtherSeconds: 3 } },
    told: /cluster "member3": reading it took more than 3 s, still waiting for cluster "member3" \(list /,
  },
];

const creates = (resource: string) => ({
  ...{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: [resource] },
});

/** member3's own admission control, whose ways with a dry run say nothing about what can be read there. */
const refusals = {
  async policy({ stage }: ThreeMembers): Promise<Undo> {
    const api = stage.api("member3");
    const [metadata, path] = [{ name: "no-dry-runs" }, `${ADMISSION}/validatingadmissionpolicies`];
    const validations = [{ expression: "!(has(request.dryRun) && request.dryRun)", message: "no dry runs here" }];
    const matchConstraints = { resourceRules: [creates("services")] };
    await api("POST", path, { metadata, spec: { matchConstraints, validations } });
    const spec = { policyName: metadata.name, validationActions: ["Deny"] };
    await api("POST", `${ADMISSION}/validatingadmissionpolicybindings`, { metadata, spec });
    return async () => {
      await api("DELETE", `${ADMISSION}/validatingadmissionpolicybindings/no-dry-runs`);
      await api("DELETE", `${path}/no-dry-runs`);
    };
  },
  async quota({ stage }: ThreeMembers): Promise<Undo> {
    const [api, path] = [stage.api("member3"), "/api/v1/namespaces/default/resourcequotas"];
    await api("POST", path, { metadata: { name: "no-services" }, spec: { hard: { services: "0" } } });
    return () => api("DELETE", `${path}/no-services`);
  },
  async webhook({ stage }: ThreeMembers): Promise<Undo> {
    const [api, path] = [stage.api("member3"), `${ADMISSION}/validatingwebhookconfigurations`];
    const hook = {
      name: "hook.example.org",
      clientConfig: { url: "https://127.0.0.1:9/nobody" },
      rules: [creates("services")],
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
    };
    await api("POST", path, { metadata: { name: "hook" }, webhooks: [hook] });
    return () => api("DELETE", `${path}/hook`);
  },
};

/** The API server learns of its admission control by a watch. */
async function dryRunsAre(refused: boolean, { stage }: ThreeMembers): Promise<void> {
  const probe = { metadata: { name: "probe" }, spec: { ports: [{ port: 80 }] } };
  await waitFor(`dry runs to be ${refused ? "refused" : "allowed"}`, async () => {
    try {
      await stage.api("member3")("POST", `${SERVICES}?dryRun=All`, probe);
      return refused ? undefined : true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return refused ? true : undefined;
    }
  });
}

describe("on real API servers, a member", function () {
  this.timeout(120_000);
  let at: ThreeMembers;

  before(async function () {
    this.timeout(600_000);
    at = await startThreeMembers();
    for (const name of ["near", "far", "fresh"]) await at.offer(name);
  });
  afterEach(() => at.stage.endProcesses());
  after(() => at?.stage.stop());

  describe("that has one fault", () => {
    let near: Made;
    let far: Made;
    before(async () => {
      near = await at.make("near", ["member2"]);
      far = await at.make("far", ["member2", "member3"]);
    });
    after(async () => {
      await at.plugin();
      await at.destroy(near);
      await at.destroy(far);
    });

    for (const { what, begin, options, told } of faults) {
      describe(`and ${what}`, () => {
        let undo: Undo | undefined;
        const end = async () => {
          await undo?.();
          undo = undefined;
        };
        before(async () => {
          undo = await begin(at);
        });
        after(end);

        it("stops no service of the others, old or new, and is told by name", async () => {
          const pod = await at.replacePod("near");
          const { warnings } = await at.plugin(options);
          const fresh = await at.make("fresh", ["member2"]);
          await at.update(near);
          assert.deepEqual(await at.imported("member2", "fresh"), ["10.11.9.9"]);
          assert.deepEqual(await at.imported("member2", "near"), [pod]);
          assert.match(warnings().join("\n"), told);
          await at.destroy(fresh);
        });

        it("stops no refresh", async () => {
          const pod = await at.replacePod("near");
          await at.plugin(options);
          await at.refresh(near);
          assert.deepEqual(await at.imported("member2", "near"), [pod]);
        });

        it("is left out, by name, of a service that it has a part in, and gets its part once it is well", async () => {
          const before = await at.imported("member3", "far");
          const pod = await at.replacePod("far");
          await at.plugin(options);
          const message = await at.updatePartially(far);
          assert.match(message, told);
          assert.deepEqual(await at.imported("member2", "far"), [pod]);
          assert.deepEqual(await at.imported("member3", "far"), before);
          assert.deepEqual(at.stage.proxies.member3!.writes(), []);
          await end();
          await at.plugin();
          await at.update(far);
          assert.deepEqual(await at.imported("member3", "far"), [pod]);
        });
      });
    }
  });

  describe("that refuses dry runs", () => {
    let undo: Undo;
    let dual: Made | undefined;
    before(() => at.offer("dual", { ipFamilyPolicy: "RequireDualStack" }));
    const begin = async (by: keyof typeof refusals) => {
      undo = await refusals[by](at);
      await dryRunsAre(true, at);
      return at.plugin();
    };
    afterEach(async () => {
      await undo();
      await dryRunsAre(false, at);
      if (dual) await at.destroy(dual);
      dual = undefined;
    });
    const families = async (id: string) =>
      ((await at.stage.api(id)("GET", `${SERVICES}/derived-dual`)) as Service).spec.ipFamilies;

    it("by a policy, is read all the same, and has both families that its ranges have", async () => {
      const { warnings } = await begin("policy");
      dual = await at.make("dual", ["member2", "member3"]);
      assert.deepEqual(await families("member3"), ["IPv4", "IPv6"]);
      assert.deepEqual(await at.imported("member3", "dual"), ["10.11.9.9"]);
      assert.match(
        warnings().join("\n"),
        /^member3: cannot learn the IP families .* \(422 Invalid\); it says .* denied request: no dry runs here"$/,
      );
    });

    it("by a quota that is used up, is read all the same: what is refused is the object itself, in the quota's words", async () => {
      await begin("quota");
      const made = await at.makePartially("dual", ["member2", "member3"]);
      assert.match(made.message, /member3: cannot create Service default\/derived-dual: .*exceeded quota: no-services/);
      assert.doesNotMatch(made.message, /family-probe/);
      assert.deepEqual(await at.imported("member2", "dual"), ["10.11.9.9"]);
    });

    it("by a webhook that nobody answers, is named with it, and stops no service of the others", async () => {
      await begin("webhook");
      await assert.rejects(
        at.make("dual", ["member2", "member3"]),
        /member3.*failed calling webhook "hook\.example\.org"/,
      );
      dual = await at.make("dual", ["member2"]);
      assert.deepEqual(await at.imported("member2", "dual"), ["10.11.9.9"]);
    });
  });

  describe("that is gone for a minute", () => {
    let service: Made;
    const undo: (() => unknown)[] = [];
    afterEach(async () => {
      undo.splice(0).forEach((back) => back());
      await at.stage.proxies.member1!.up();
      await at.plugin();
      await at.destroy(service);
    });
    /** The clock of the machine that Pulumi runs on: the one thing here that is not real. */
    const machineAhead = (ms: number): (() => void) => {
      const now = Date.now.bind(Date);
      const clock = sinon.stub(Date, "now").callsFake(() => now() + ms);
      return () => clock.restore();
    };
    const serverAhead = (ms: number) =>
      undo.push(at.stage.proxies.member2!.add({ fault: { kind: "clock", aheadMs: ms } }));

    for (const [machine, server] of [
      [-2, 0],
      [-2, 2],
    ] as const) {
      it(`keeps its endpoints for the hour that the program gives, where a machine is ${machine} h ahead and a server ${server} h`, async () => {
        serverAhead(server * HOUR);
        await at.plugin();
        service = await at.make("fresh", ["member2"], { unreachable: "drop", dropAfterSeconds: 3_600 });
        await at.stage.proxies.member1!.down();

        const back = machineAhead(machine * HOUR);
        undo.push(back);
        await at.plugin();
        await at.updatePartially(service);
        back();

        const { warnings } = await at.plugin();
        await at.refresh(service);
        assert.match(warnings().join("\n"), /member1/);
        assert.deepEqual(await at.imported("member2", "fresh"), ["10.11.9.9"]);

        // The hour is over, for all clocks.
        undo.push(machineAhead(1.1 * HOUR));
        serverAhead((server + 1.1) * HOUR);
        await at.plugin();
        await at.updatePartially(service);
        assert.deepEqual(await at.imported("member2", "fresh"), []);
      });
    }
  });
});
