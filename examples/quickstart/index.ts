/** The Service "serve" of member1, callable in member2 as "derived-serve". Apply serve.yaml to member1 first. */
import * as mcs from "pulumi-mcs";
import { member } from "./members";

const prod = new mcs.ClusterSet("prod", {
  clusters: { member1: member("member1"), member2: member("member2") },
});

const serve = new mcs.MultiClusterService("serve", {
  clusterSet: prod,
  namespace: "default",
  exportFrom: ["member1"],
  importTo: ["member2"],
});

/** Where pods of member2 reach it, e.g. "10.82.33.71". */
export const address = serve.imports.apply((imports) => imports.member2?.clusterIPs[0]);
/** Ready pods behind the address. */
export const endpoints = serve.imports.apply((imports) => imports.member2?.endpoints.ready);
