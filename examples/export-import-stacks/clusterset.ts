/** Both stacks describe the same clusterset: same name, same members. */
import * as pulumi from "@pulumi/pulumi";
import * as mcs from "pulumi-mcs";

const config = new pulumi.Config("mcs");

/** From `mcs:<id>KubeconfigPath` and, where it is not the current one, `mcs:<id>Context`. */
function member(id: string): mcs.ClusterArgs {
  return { kubeconfigPath: config.require(`${id}KubeconfigPath`), context: config.get(`${id}Context`) };
}

export const prod = new mcs.ClusterSet("prod", {
  clusters: { member1: member("member1"), member2: member("member2") },
});
