/** A Gateway of member2 sends requests to the Service "serve" of member1. Apply ../quickstart/serve.yaml to member1 first. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as mcs from "pulumi-mcs";
import { member } from "./members";
import { gateway, route } from "./route";

const className = new pulumi.Config().require("gatewayClass");

const prod = new mcs.ClusterSet("prod", {
  clusters: { member1: member("member1"), member2: member("member2") },
});

const serve = new mcs.MultiClusterService("serve", {
  clusterSet: prod,
  namespace: "default",
  exportFrom: ["member1"],
  importTo: ["member2"],
});

const provider = prod.kubernetes("member2");

new k8s.apiextensions.CustomResource("gateway", gateway(className), { provider });
// A route to an import that is not there yet would be reported as unresolved.
new k8s.apiextensions.CustomResource("route", route, { provider, dependsOn: [serve] });
