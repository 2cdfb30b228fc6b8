/** Who a cluster says it is, on real control planes: the two ClusterProperty objects of KEP-2149, in whichever version they are served. */
import assert from "node:assert/strict";
import type { ClusterProperty } from "../../../provider/mcs/api";
import { connect } from "../../../provider/kube/connect";
import type { Member } from "../../../provider/reconcile/member";
import {
  identityProblems,
  joinClusterSet,
  leaveClusterSet,
  planJoin,
  readIdentity,
} from "../../../provider/reconcile/membership/identity";
import { held } from "../../support/evidence";
import { leavesOf, type Path, pathText, withLeaf } from "../../support/leaves";
import { spec } from "../../support/spec";
import { waitFor } from "../../controlplane/wait";
import { describeOnMembers } from "./stage";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const NAME = "clusterproperties.about.k8s.io";
const MEMBERSHIP = { set: "prod", owner: "urn:test::set" };

/** As small as the API allows: a cluster-scoped kind with one required field, `spec.value`. */
function definition(version: string): object {
  const value = { type: "object", required: ["value"], properties: { value: { type: "string", maxLength: 128000 } } };
  const openAPIV3Schema = { type: "object", required: ["spec"], properties: { spec: value } };
  const annotations = { "api-approved.kubernetes.io": "https://github.com/kubernetes/enhancements/pull/2149" };
  return {
    metadata: { name: NAME, annotations },
    spec: {
      group: "about.k8s.io",
      scope: "Cluster",
      names: { kind: "ClusterProperty", plural: "clusterproperties", singular: "clusterproperty" },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}

/** What people do to a field: another value, or none. The schema wants a value, and another owner beside ours is a stack that shares the property. */
function edits([part, kind]: Path): readonly (string | null)[] {
  if (part === "spec") return ["drifted"];
  return kind === "annotations" ? [null] : ["drifted", null];
}

describeOnMembers("the identity of a cluster", (stage) => {
  spec("A7", "a cluster without the About API joins and leaves without a word", async () => {
    await joinClusterSet(stage.member("member3"), MEMBERSHIP);
    assert.equal(await readIdentity(stage.member("member3")), undefined);
    await leaveClusterSet(stage.member("member3"), MEMBERSHIP);
  });

  for (const version of ["v1alpha1", "v1beta1", "v1"]) {
    describe(`where the About API is served as ${version}`, () => {
      const path = `/apis/about.k8s.io/${version}/clusterproperties`;
      const api = () => stage.cluster("member3").api;
      let member: Member;

      const properties = async () => ((await api()("GET", path)) as { items: readonly ClusterProperty[] }).items;
      const values = async (): Promise<Record<string, string>> =>
        Object.fromEntries((await properties()).map((p) => [p.metadata.name, p.spec.value]));
      const content = async () =>
        (await properties()).map(({ metadata: { name, labels, annotations }, spec: said }) => ({
          ...{ name, labels, annotations },
          said,
        }));
      const say = (name: string, value: string) => api()("POST", path, property(name, value));
      const property = (name: string, value: string) => ({
        apiVersion: `about.k8s.io/${version}`,
        kind: "ClusterProperty",
        metadata: { name },
        spec: { value },
      });

      before(async function () {
        this.timeout(60_000);
        await api()("POST", CRDS, definition(version));
        member = await connect({ id: "member3", kubeconfig: stage.cluster("member3").kubeconfig });
        await waitFor(`${path} to be served`, async () => values());
      });
      afterEach(() => api()("DELETE", path));
      after(async function () {
        this.timeout(60_000);
        await member?.close();
        await api()("DELETE", `${CRDS}/${NAME}`);
        await waitFor(`${path} to be gone`, async () =>
          api()("GET", `${CRDS}/${NAME}`).then(
            () => undefined,
            () => true,
          ),
        );
      });

      spec(["A7", "A9", "A11"], "a member carries its id and its set from joining to leaving", async () => {
        await joinClusterSet(member, MEMBERSHIP);
        assert.deepEqual(await values(), {
          "cluster.clusterset.k8s.io": "member3",
          "clusterset.k8s.io": "prod",
        });
        assert.deepEqual(identityProblems("member3", MEMBERSHIP, await readIdentity(member)), []);
        await joinClusterSet(member, MEMBERSHIP);
        await leaveClusterSet(member, { owner: "urn:somebody else" });
        assert.equal(Object.keys(await values()).length, 2, "another owner takes nothing away");
        await leaveClusterSet(member, MEMBERSHIP);
        assert.deepEqual(await values(), {});
      });

      it("the stacks of one clusterset share them, also when they come and go at once; the last to leave takes them away", async () => {
        const stacks = ["a", "b", "c"].map((name) => ({ set: "prod", owner: `urn:${name}` }));
        await Promise.all(stacks.map((one) => joinClusterSet(member, one)));
        const [first, ...others] = stacks;
        await leaveClusterSet(member, first!);
        assert.equal(Object.keys(await values()).length, 2, "the first that made them takes nothing from the others");
        await Promise.all(others.map((one) => leaveClusterSet(member, one)));
        assert.deepEqual(await values(), {});
      });

      it("drift of each of their fields is announced and put right, and so is their deletion", async () => {
        await joinClusterSet(member, MEMBERSHIP);
        const whole = await content();
        let tried = 0;
        const repaired = async (told: string, what: string) => {
          const writes = planJoin("member3", MEMBERSHIP, (await readIdentity(member))!);
          const announced = writes.map(
            ({ verb, object, fields }) => `${verb} ${object.metadata.name} ${fields.join()}`,
          );
          assert.ok(announced[0]?.startsWith(told), `${what}: ${announced.join("; ")}`);
          assert.deepEqual(identityProblems("member3", MEMBERSHIP, await readIdentity(member)), [], what);
          await joinClusterSet(member, MEMBERSHIP);
          assert.deepEqual(await content(), whole, what);
          tried += 1;
        };
        for (const { metadata, spec: said } of await properties()) {
          const { name, labels = {}, annotations = {} } = metadata;
          for (const { path: at } of leavesOf({ metadata: { labels, annotations }, spec: said })) {
            const what = `${name} ${pathText(at)}`;
            const field = `update ${name} ${pathText(at)}: `;
            for (const value of edits(at)) {
              await api()("PATCH", `${path}/${name}`, withLeaf({}, at, value));
              await repaired(field, `${what} = ${value}`);
            }
          }
          await api()("DELETE", `${path}/${name}`);
          await repaired(`create ${name} `, `${name} deleted`);
        }
        assert.equal(tried, 10);
        await leaveClusterSet(member, MEMBERSHIP);
        assert.deepEqual(await values(), {});
        held({ area: "drift", what: "each field of a ClusterProperty", on: "pipeline", times: tried });
      });

      spec(["A7", "A9", "A12"], "an id and a set that stand there are honoured, and never taken away", async () => {
        await say("cluster.clusterset.k8s.io", "member3");
        await say("clusterset.k8s.io", "prod");
        assert.deepEqual(identityProblems("member3", MEMBERSHIP, await readIdentity(member)), []);
        await joinClusterSet(member, MEMBERSHIP);
        await leaveClusterSet(member, MEMBERSHIP);
        assert.equal(Object.keys(await values()).length, 2);
      });

      spec(["A9", "A11", "A12"], "another id or set is refused, with both named and the way out", async () => {
        await say("cluster.clusterset.k8s.io", "paris");
        await say("clusterset.k8s.io", "staging");
        const problems = identityProblems("member3", MEMBERSHIP, await readIdentity(member));
        assert.equal(problems.length, 2);
        assert.match(
          problems[0] ?? "",
          /"member3": calls itself "paris".*name it "paris" in the clusterset, or correct/,
        );
        assert.match(
          problems[1] ?? "",
          /"member3": is a member of the clusterset "staging".*not of "prod".*take it out/,
        );
      });
    });
  }
});
