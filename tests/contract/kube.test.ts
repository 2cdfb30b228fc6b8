/** The member over HTTPS, against a real API server. */
import { connect } from "../../provider/kube/connect";
import { mcsCrds } from "../../provider/kube/crds/mcs-crds";
import { type RunningClusters, startClusters } from "../controlplane/clusters";
import { waitFor } from "../controlplane/wait";
import { memberContract } from "./member-contract";

describe("provider/kube", () => {
  let clusters: RunningClusters | undefined;
  after(async function () {
    this.timeout(60_000);
    await clusters?.stop();
  });

  memberContract("a real API server behind provider/kube", async () => {
    clusters = await startClusters({ members: 1 });
    const member = await connect({ id: "member1", kubeconfig: clusters.members.member1?.adminKubeconfig });
    for (const crd of mcsCrds) {
      await member.create("CustomResourceDefinition", crd);
    }
    await waitFor("the new kinds", () => Promise.all([member.list("ServiceExport"), member.list("ServiceImport")]));
    await member.create("Namespace", { metadata: { name: "contract" } });
    return { member, namespace: "contract", cleanup: () => member.close() };
  });
});
