import assert from "node:assert/strict";
import type { Service } from "../../../../provider/mcs/api";
import { offerOf } from "../../../../provider/mcs/merge/offer";
import { headless, service, serviceExport } from "../../../support/builders";
import { spec } from "../../../support/spec";

const offer = (of: Service) => offerOf(of, serviceExport());

describe("an offer", () => {
  spec("B5", "takes ports, affinity and policies from the Service", () => {
    const given = offer(
      service({
        sessionAffinity: "ClientIP",
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } },
        internalTrafficPolicy: "Local",
        trafficDistribution: "PreferClose",
      }),
    );
    assert.deepEqual(
      { ...given, labels: undefined, annotations: undefined },
      {
        type: "ClusterSetIP",
        ports: [{ name: "http", protocol: "TCP", port: 80 }],
        sessionAffinity: "ClientIP",
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } },
        internalTrafficPolicy: "Local",
        trafficDistribution: "PreferClose",
        ipFamilies: ["IPv4"],
        labels: undefined,
        annotations: undefined,
      },
    );
  });

  it("is the same whether the API server has filled in the defaults or not", () => {
    const bare: Service = {
      metadata: { name: "serve", namespace: "demo" },
      spec: { ports: [{ name: "http", port: 80 }] },
    };
    assert.deepEqual(offer(bare), offer(service()));
  });

  it("gives ClientIP affinity the default timeout of three hours", () => {
    assert.equal(
      offer(service({ sessionAffinity: "ClientIP" })).sessionAffinityConfig?.clientIP?.timeoutSeconds,
      10800,
    );
  });

  spec(["B12", "D4"], "of a Service without cluster IP is Headless", () => {
    assert.equal(offer(headless()).type, "Headless");
  });

  for (const type of ["NodePort", "LoadBalancer"]) {
    spec("B11", `of a ${type} Service is its cluster-internal side: no node port`, () => {
      const given = offer(service({ type, ports: [{ name: "http", port: 80, nodePort: 30080 }] }));
      assert.equal(given.type, "ClusterSetIP");
      assert.deepEqual(given.ports, [{ name: "http", protocol: "TCP", port: 80 }]);
    });
  }

  it("has ports in one order, without targetPort and nodePort", () => {
    const ports = [
      { name: "b", port: 1, targetPort: "x" },
      { name: "a", port: 2, nodePort: 30001, appProtocol: "h2c" },
    ];
    assert.deepEqual(offer(service({ ports })).ports, [
      { name: "a", protocol: "TCP", port: 2, appProtocol: "h2c" },
      { name: "b", protocol: "TCP", port: 1 },
    ]);
  });

  spec(["B6", "B7"], "takes labels and annotations from the export's spec alone", () => {
    const given = offerOf(
      service({}, { labels: { leaked: "yes" }, annotations: { leaked: "yes" } }),
      serviceExport(
        0,
        { exportedLabels: { tier: "web" }, exportedAnnotations: { doc: "x" } },
        { labels: { leaked: "yes" } },
      ),
    );
    assert.deepEqual(given.labels.value, { tier: "web" });
    assert.deepEqual(given.annotations.value, { doc: "x" });
  });

  it("leaves out exported keys that would override ours or steer Kubernetes' controllers", () => {
    const given = offerOf(
      service(),
      serviceExport(0, {
        exportedLabels: {
          "pulumi-mcs/managed": "false",
          "kubernetes.io/service-name": "other",
          "service.kubernetes.io/headless": "",
          "service.kubernetes.io/service-proxy-name": "none",
          "endpointslice.kubernetes.io/managed-by": "x",
          "multicluster.kubernetes.io/source-cluster": "x",
          app: "serve",
        },
      }),
    );
    assert.deepEqual(given.labels.value, { app: "serve" });
  });

  it("knows the families of a Service that only has addresses yet", () => {
    const given = offer(service({ ipFamilies: undefined, clusterIPs: ["fd00::1", "10.0.0.1"] }));
    assert.deepEqual(given.ipFamilies, ["IPv6", "IPv4"]);
  });
});
