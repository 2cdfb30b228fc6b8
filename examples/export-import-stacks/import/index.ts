/** The importing team's stack. Its update waits until somebody exports the service. */
import * as mcs from "pulumi-mcs";
import { prod } from "../clusterset";

const serve = new mcs.ServiceImport("serve", { clusterSet: prod, cluster: "member2", namespace: "default" });

/** Where pods of member2 reach it. */
export const address = serve.clusterIPs.apply(([first]) => first);
/** Exporting member → endpoints. */
export const sources = serve.sources;
