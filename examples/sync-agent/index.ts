/** `pulumi-mcs sync` in member1, for the clusterset of member1 and member2: services that are exported stay current between two updates. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as mcs from "pulumi-mcs";

const config = new pulumi.Config("mcs");

/** Of an administrator of member1, who installs the agent there. */
const member1 = new k8s.Provider("member1", { kubeconfig: config.requireSecret("member1Kubeconfig") });

const agent = new mcs.SyncAgent(
  "sync",
  {
    image: config.require("image"),
    clusters: {
      // It runs there: its account gets the rights of a member.
      member1: { inCluster: true },
      // Of the account that deploy/rbac/both.yaml makes in member2, as member1's pods reach it.
      member2: { kubeconfig: config.requireSecret("member2Kubeconfig") },
    },
    autoImport: config.getBoolean("autoImport"),
    serviceMonitor: config.getBoolean("serviceMonitor"),
  },
  { providers: [member1] },
);

export const { namespace, deployment, metricsService } = agent;
