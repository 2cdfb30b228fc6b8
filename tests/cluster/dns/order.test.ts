/** The order that keeps a cluster's DNS alive, with a real CoreDNS: what happens where it is not kept, and that the package keeps it. */
import assert from "node:assert/strict";
import { check, type CheckReport } from "../../../provider/cli/check/check-command";
import { dns as dnsCommand, type DnsOptions, type DnsReport } from "../../../provider/cli/dns/dns-command";
import { connect } from "../../../provider/kube/connect";
import { mcsCrds } from "../../../provider/kube/crds/mcs-crds";
import { ensureCrds } from "../../../provider/reconcile/membership/ensure-crds";
import { planServing } from "../../../provider/dns/dns-plan";
import { carryOut } from "../../../provider/dns/dns-writes";
import { type RunningClusters, type RunningMember, startClusters } from "../../controlplane/clusters";
import { waitFor } from "../../controlplane/wait";
import { type ClusterDns, installCoreDns, type RunningDns } from "../../coredns/server";
import { grantDnsRights, leaveNames, serveNames } from "./dns-stage";

const CONFIG_MAP = "/api/v1/namespaces/kube-system/configmaps/coredns";

describe("a cluster's DNS", function () {
  this.timeout(120_000);
  let clusters: RunningClusters;
  let member: RunningMember;
  let dns: ClusterDns;
  let original: string;
  let server: RunningDns | undefined;

  before(async function () {
    this.timeout(600_000);
    clusters = await startClusters({ members: 1 });
    member = clusters.members.member1!;
    await grantDnsRights(member);
    dns = await installCoreDns(member);
    original = await dns.corefile();
  });
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });
  after(async () => {
    await dns?.stop();
    await clusters?.stop();
  });

  const start = async () => (server = await dns.start());
  const isReady = (running: RunningDns) =>
    waitFor("CoreDNS to be ready", async () => (await running.ready()) || undefined, { seconds: 20 });
  /** Names of the cluster itself. */
  const local = ({ resolver }: RunningDns) => resolver.resolve4("kubernetes.default.svc.cluster.local");
  const write = (Corefile: string) => member.api("PATCH", CONFIG_MAP, { data: { Corefile } });
  /** As a person may write it, who knows no order. */
  const withOption = () =>
    original
      .replace("cluster.local in-", "cluster.local clusterset.local in-")
      .replace("ttl 1", "multicluster clusterset.local\n       ttl 1");
  /** What a kubelet takes for "do not send it queries", and what it says to those that come all the same. */
  async function assertLost({ ready, resolver }: RunningDns): Promise<void> {
    const answer = () => resolver.resolve4("absent.default.svc.cluster.local").catch(({ code }) => code as string);
    // While it reads its Corefile anew, what it was before still answers.
    const isLost = async () => (!(await ready()) && (await answer()) === "ESERVFAIL") || undefined;
    await waitFor("CoreDNS to be lost", isLost, { seconds: 30 });
  }

  it("is lost as soon as the option stands in the Corefile before the CRDs are there", async () => {
    const running = await start();
    await isReady(running);
    await write(withOption());
    await running.project();
    await write(original);
    await assertLost(running);
  });

  it("is left as it is by the package as long as the CRDs are not there", async () => {
    const { done, plan } = await serveNames(member);
    assert.deepEqual(done, []);
    assert.match(plan.problems.join(), /^cluster "member1": v1alpha1 of ServiceImport, .* install the CRDs/);
    assert.equal(await dns.corefile(), original);
    const running = await start();
    await isReady(running);
    assert.equal((await local(running)).length, 1);
  });

  describe("with the CRDs", () => {
    before(async () => {
      const here = await connect({ id: "member1", kubeconfig: member.kubeconfig });
      await ensureCrds(here, { policy: "install", definitions: mcsCrds });
      await here.close();
    });

    it("is lost where CoreDNS has the option and not the right to read imports", async () => {
      await write(withOption());
      const starting = start();
      await starting.finally(() => write(original));
      await assertLost(await starting);
    });

    it("lives through what the package adds, reads it by itself, and starts with it", async () => {
      const running = await start();
      await isReady(running);
      await serveNames(member);
      await running.project();
      const version = () => running.resolver.resolveTxt("dns-version.clusterset.local");
      await waitFor("the zone", async () => {
        assert.equal((await local(running)).length, 1);
        return version();
      });
      await running.stop();
      await isReady(await start());
    });

    it("lives through what the package takes back, to the byte", async () => {
      const running = await start();
      await isReady(running);
      await leaveNames(member);
      assert.equal(await dns.corefile(), original);
      await running.project();
      await waitFor("the zone to go", async () => {
        assert.equal((await local(running)).length, 1);
        const gone = await running.resolver.resolveTxt("dns-version.clusterset.local").catch(({ code }) => code);
        return gone === "ENOTFOUND" || undefined;
      });
      await running.stop();
      await isReady(await start());
    });

    it("with a server block a zone gets the queries for the new zone, too", async () => {
      const rest = ".:$1 {\n\tbind 127.0.0.1\n\ttemplate ANY ANY . {\n\t\trcode NXDOMAIN # no other\n\t}\n}\n";
      const split = original.replace(/^\.:(\d+) \{/, `${rest}\ncluster.local:$1 { # ours`);
      await write(split);
      const { plan } = await serveNames(member);
      assert.deepEqual(plan.problems, []);
      assert.match(await dns.corefile(), /^cluster\.local:(\d+) clusterset\.local:\1 \{ # ours$/m);
      const running = await start();
      await isReady(running);
      assert.equal((await local(running)).length, 1);
      assert.equal((await running.resolver.resolveTxt("dns-version.clusterset.local")).length, 1);
      await leaveNames(member);
      assert.equal(await dns.corefile(), split);
      await write(original);
    });

    it("is set up and given back by the command pulumi-mcs dns, and check tells which", async () => {
      const printed: string[] = [];
      const printer = { out: (text: string) => void printed.push(text), err: () => undefined };
      const cluster = [{ id: "member1", kubeconfigPath: member.kubeconfigPath }];
      const run = async (more: Partial<DnsOptions>) => {
        printed.length = 0;
        const code = await dnsCommand({ cluster, remove: false, dryRun: false, json: false, ...more }, printer);
        return { code, text: printed.join("\n") };
      };
      const names = async () => {
        printed.length = 0;
        await check({ cluster, requireCrds: true, json: true }, printer);
        return (JSON.parse(printed.join("\n")) as CheckReport).names.map(({ resolves, reasons }) => [
          resolves,
          ...reasons,
        ]);
      };
      const [[before, why = ""] = []] = await names();
      assert.equal(before, "no");
      assert.match(why, /the Corefile has nothing for clusterset\.local: pulumi-mcs dns/);

      const dry = await run({ dryRun: true });
      assert.equal(dry.code, 0);
      assert.match(dry.text, /^member1: would create ClusterRole pulumi-mcs-coredns$/m);
      assert.match(
        dry.text,
        /^member1: would update ConfigMap coredns \(Corefile: \+ kubernetes … clusterset\.local, .*\)$/m,
      );
      assert.equal(await dns.corefile(), original);

      const json = await run({ json: true });
      const [report] = (JSON.parse(json.text) as { members: readonly DnsReport[] }).members;
      assert.deepEqual([json.code, report?.way, report?.writes.length, report?.problems], [0, "multicluster", 3, []]);
      assert.deepEqual(await names(), [["yes"]]);
      printed.length = 0;
      await check({ cluster, requireCrds: true, json: false }, printer);
      assert.match(printed.join("\n"), /│ names +│ result/);
      assert.match(printed.join("\n"), /│ member1 .*│ multicluster │/);
      assert.match((await run({})).text, /^member1: nothing to change: names resolve \(multicluster\)$/);

      const removed = await run({ remove: true });
      assert.equal(removed.code, 0);
      assert.match(removed.text, /^member1: remove ClusterRole pulumi-mcs-coredns$/m);
      assert.equal(await dns.corefile(), original);
      assert.match((await run({ remove: true })).text, /nothing of this command's is there/);
      const failed = await run({ cluster: [{ id: "member1", kubeconfigPath: "/nowhere" }] });
      assert.equal(failed.code, 1);
      assert.match(failed.text, /^problem: .*member1/);
      await assert.rejects(run({ corednsVersion: "newest" }), RangeError);
    });

    it("of an older CoreDNS leads names of imports to derived Services", async () => {
      const here = await connect({ id: "member1", kubeconfig: member.kubeconfig });
      const old = (facts: Parameters<Parameters<typeof carryOut>[1]>[0]) => ({
        ...facts,
        version: { major: 1, minor: 11, patch: 3 },
      });
      const { plan } = await carryOut(here, (facts) => planServing("member1", old(facts), { owner: "old" }));
      await here.close();
      assert.equal(plan.way, "rewrite");
      const service = { metadata: { name: "derived-serve" }, spec: { ports: [{ name: "http", port: 80 }] } };
      const made = await member.api("POST", "/api/v1/namespaces/default/services", service);
      const { clusterIP } = (made as { spec: { clusterIP: string } }).spec;
      const running = await start();
      await isReady(running);
      const name = "serve.default.svc.clusterset.local";
      assert.deepEqual(await running.resolver.resolve4(name), [clusterIP]);
      const [srv] = await running.resolver.resolveSrv(`_http._tcp.${name}`);
      assert.equal(srv?.port, 80);
      await assert.rejects(running.resolver.resolve4("absent.default.svc.clusterset.local"), { code: "ENOTFOUND" });
      assert.equal((await local(running)).length, 1);
    });
  });
});
