/** An export that stands and is not exported (Valid=True, Ready=False) is no success, and what can be known of it before is refused before. */
import assert from "node:assert/strict";
import { handlers } from "../../../../provider/dynamic-provider";
import { exportedBytes } from "../../../../provider/mcs/merge/exported-metadata";
import { validity } from "../../../../provider/mcs/merge/validity";
import { EXPORTED_MAX_BYTES, PORTS_MAX } from "../../../../provider/mcs/limits";
import type { ServiceView } from "../../../../provider/reconcile/intent";
import { Partial } from "../../../../provider/resources/display/failure";
import { missing } from "../../../../provider/resources/inputs/await-input";
import { useContext } from "../../../../provider/resources/process/context";
import { UNKNOWN } from "../../../../provider/resources/inputs/unknown";
import { service as kubeService, serviceExport } from "../../../support/builders";
import { pods, serve, stage, type Stage } from "../stage";

const { MultiClusterService: service, ServiceExport: exporter } = handlers;

const urn = (kind: string) => `urn:pulumi:dev::shop::pulumi-nodejs:dynamic/mcs:${kind}::serve`;
const key = { __provider: "the door", namespace: "default", name: "serve" };
const args = {
  ...key,
  resourceUrn: urn("MultiClusterService"),
  exportFrom: ["member1", "member2"],
  importTo: ["member2"],
};

describe("an export that is not exported", () => {
  let at: Stage;
  beforeEach(() => {
    at = stage();
    for (const id of ["member1", "member2"]) serve(at.members[id]!);
    // As a real API server stores it.
    const ports = Array.from({ length: PORTS_MAX + 1 }, (_, n) => ({ name: `p${n}`, port: n + 1, protocol: "TCP" }));
    at.members.member1!.put("Service", {
      metadata: { namespace: "default", name: "serve" },
      spec: { type: "ClusterIP", ports },
    });
  });
  afterEach(() => useContext(undefined));

  const says =
    /cluster "member1": ServiceExport default\/serve is not exported: its Service: it lists 251 ports, more than 250/;

  for (const [title, change] of [
    ["whether it waits", {}],
    ["or not", { await: false }],
  ] as const) {
    it(`fails the up with its message, ${title}, and the others are served`, async () => {
      const { inputs, failures } = await service.check({}, { ...args, ...change });
      assert.deepEqual(failures, []);
      assert.match(at.warnings().join("\n"), says, "announced");
      const error = await service.create(inputs).then(
        () => assert.fail("was a success"),
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof Partial, String(error));
      assert.match(error.reasons.join("\n"), says);
      const { exports, imports } = error.properties as unknown as ServiceView;
      assert.deepEqual([exports["member1"]?.valid, exports["member1"]?.ready], [true, false]);
      assert.deepEqual(imports["member2"]?.sources, { member2: 1 });
    });
  }

  it("of ServiceExport fails it too, and succeeds when its Service is mended", async () => {
    const part = { ...key, resourceUrn: urn("ServiceExport"), cluster: "member1" };
    const { inputs } = await exporter.check({}, part);
    const error = await exporter.create(inputs).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof Partial, String(error));
    assert.match(error.reasons.join("\n"), says);
    serve(at.members.member1!);
    pods(at.members.member1!, ["10.0.0.5"]);
    at.restart();
    const { outs } = await exporter.update(error.id, error.properties, inputs);
    assert.equal(outs["ready"], true);
  });

  it("of another is not this resource's failure", async () => {
    at.members.member1!.put("ServiceExport", { metadata: { namespace: "default", name: "serve" } });
    const { inputs } = await service.check({}, { ...args, exportFrom: ["member2"] });
    const { outs } = await service.create(inputs);
    assert.deepEqual((outs as unknown as ServiceView).imports["member2"]?.sources, { member2: 1 });
  });

  it("is waited for, whoever it is that says it is not ready", () => {
    const view = {
      skipped: {},
      imports: {},
      exports: { member1: { valid: true, ready: false, conflict: false, messages: ["Pending: not yet"] } },
    } as unknown as ServiceView;
    assert.deepEqual(missing(view, { exportFrom: ["member1"], importTo: [], endpoints: 1 }), [
      'cluster "member1": the export is not ready: Pending: not yet',
    ]);
  });
});

describe("what an export may ask for in all", () => {
  beforeEach(() => void stage());
  afterEach(() => useContext(undefined));

  /** Labels and an annotation that need just so many bytes. */
  const asking = (bytes: number) => {
    const exportedLabels = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`l${n}`, "v".repeat(63)]));
    const empty = exportedBytes({ labels: exportedLabels, annotations: { a: "" } });
    return { exportedLabels, exportedAnnotations: { a: "x".repeat(bytes - empty) } };
  };

  it("has one limit: what `check` takes is exported, what is not exported `check` refuses", async () => {
    for (const more of [0, 1]) {
      const exported = asking(EXPORTED_MAX_BYTES + more);
      const { failures } = await service.check({ a: "resource that exists" }, { ...args, ...exported });
      const wanted = {
        property: "exportedAnnotations",
        reason:
          "and exportedLabels are 163841 bytes on an import, their keys counted twice; at most 163840 can be exported",
      };
      assert.deepEqual(failures, more === 0 ? [] : [wanted]);
      const { state } = validity(serviceExport(0, exported), kubeService());
      assert.equal(state, more === 0 ? "valid" : "failed");
    }
  });

  it("counts labels: thirty thousand short ones would be more than an API server stores", () => {
    const exportedLabels = Object.fromEntries(Array.from({ length: 30_000 }, (_, n) => [`${n}`, "v".repeat(63)]));
    const found = validity(serviceExport(0, { exportedLabels }), kubeService());
    assert.ok(found.state === "failed" && /exportedLabels and exportedAnnotations are \d+ bytes/.test(found.message));
  });

  it("is not judged while a part of it is unknown", async () => {
    const exported = { ...asking(EXPORTED_MAX_BYTES + 1), exportedLabels: UNKNOWN };
    assert.deepEqual((await service.check({ a: "resource" }, { ...args, ...exported })).failures, []);
  });
});
