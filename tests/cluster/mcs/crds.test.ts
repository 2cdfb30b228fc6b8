/** Drift of the CRDs, on a real API server: what their release and their served version tell is put right; objects of theirs are never lost by it. */
import assert from "node:assert/strict";
import { mcsCrds } from "../../../provider/kube/crds/mcs-crds";
import { planCrds } from "../../../provider/reconcile/membership/crd-plan";
import { ensureCrds, readCrds } from "../../../provider/reconcile/membership/ensure-crds";
import { held } from "../../support/evidence";
import { describeOnMembers } from "./stage";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const RELEASE = "multicluster.x-k8s.io/release-version";

describeOnMembers("drift of the CRDs", (stage) => {
  for (const { metadata, spec } of mcsCrds) {
    const { name } = metadata;
    const off = spec.versions.map((version) => ({ ...version, served: version.name !== "v1beta1" }));
    const drifts: readonly (readonly [string, object, "create" | "update"])[] = [
      ["v1beta1 switched off", { spec: { versions: off } }, "update"],
      ["its release taken off", { metadata: { labels: { [RELEASE]: null } } }, "update"],
      ["an older release written on it", { metadata: { labels: { [RELEASE]: "v0.1.0" } } }, "update"],
      ["deleted", {}, "create"],
    ];
    for (const [what, patch, action] of drifts) {
      it(`${name}: ${what}, is announced and put right`, async function () {
        this.timeout(60_000);
        const { api } = stage.cluster("member3");
        const member = stage.member("member3");
        if (action === "create") await api("DELETE", `${CRDS}/${name}`);
        else await api("PATCH", `${CRDS}/${name}`, patch);
        const steps = planCrds(await readCrds(member, mcsCrds), mcsCrds).filter((step) => step.action !== "keep");
        assert.deepEqual(
          steps.map((step) => [step.name, step.action]),
          [[name, action]],
        );
        const { problems } = await ensureCrds(member, { policy: "install", definitions: mcsCrds });
        assert.deepEqual(problems, []);
        const live = await readCrds(member, mcsCrds);
        assert.ok(live.every((crd) => crd.spec.versions.some((it) => it.name === "v1beta1" && it.served)));
        assert.ok(planCrds(live, mcsCrds).every((step) => step.action === "keep"));
        await member.list(name.startsWith("serviceexports") ? "ServiceExport" : "ServiceImport");
        held({ area: "drift", what: `CRD: ${what}`, on: "pipeline" });
      });
    }
  }
});
