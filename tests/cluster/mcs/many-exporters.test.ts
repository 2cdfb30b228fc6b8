/** A hundred exporters with 250 ports each, into a real API server: what an import and a Service must hold is stored, made and changed. */
import assert from "node:assert/strict";
import type { KubeObject, Service, ServiceExport } from "../../../provider/mcs/api";
import { connect } from "../../../provider/kube/connect";
import { mcsCrds } from "../../../provider/kube/crds/mcs-crds";
import { MEMORY_MAX_BYTES } from "../../../provider/mcs/limits";
import { ANNOTATION } from "../../../provider/mcs/marks";
import type { Intent } from "../../../provider/reconcile/intent";
import type { Member } from "../../../provider/reconcile/member";
import { ensureCrds } from "../../../provider/reconcile/membership/ensure-crds";
import { createFleet } from "../../../provider/reconcile/observe/fleet";
import { reconcile } from "../../../provider/reconcile/reconcile";
import { type RunningClusters, startClusters } from "../../controlplane/clusters";
import { at } from "../../support/builders";
import { held } from "../../support/evidence";
import { idOf, longPorts } from "../../support/many-exporters";
import { memoryMember, type MemoryMember } from "../../support/memory-member";

const EXPORTERS = 100;
const KEY = { namespace: "default", name: "serve" };

describe("100 exporters of 250 ports each", function () {
  this.timeout(600_000);
  let clusters: RunningClusters;
  let importer: Member;
  const exporters: MemoryMember[] = [];

  before(async () => {
    clusters = await startClusters({ members: [{ id: "importer" }] });
    importer = await connect({ id: "importer", kubeconfig: clusters.members["importer"]!.kubeconfig });
    await ensureCrds(importer, { policy: "install", definitions: mcsCrds });
    for (let n = 0; n < EXPORTERS; n += 1) exporters.push(memoryMember({ id: idOf(n) }));
  });
  after(async () => {
    await importer?.close();
    await clusters?.stop();
  });

  const offer = (n: number, appProtocol: string) => {
    const service: Service = {
      metadata: KEY,
      spec: { type: "ClusterIP", ports: longPorts(`p${n}`, 250, appProtocol, 250 * n) },
    };
    const made: ServiceExport & KubeObject = { metadata: { ...KEY, creationTimestamp: at(n) }, spec: EXPORTED };
    exporters[n]!.put("Service", service);
    exporters[n]!.put("ServiceExport", made);
  };
  const EXPORTED = { exportedAnnotations: { large: "x".repeat(163_700) } };
  const intent: Intent = { key: KEY, owner: "many", exportFrom: [], importTo: ["importer"], adopt: false };
  const run = () => {
    const members = new Map<string, Member>([["importer", importer], ...exporters.map((it) => [it.id, it] as const)]);
    const fleet = createFleet({ ids: [...members.keys()], connect: async (id) => members.get(id)!, clock: Date.now });
    return reconcile(fleet, intent);
  };
  const stored = async () => {
    const [it] = await importer.list("ServiceImport", { namespace: KEY.namespace });
    return { ports: it?.spec.ports.length ?? 0, memory: it?.metadata.annotations?.[ANNOTATION.constituents] ?? "" };
  };

  it("are imported into a real API server, and changed, with annotations as large as they may be", async () => {
    for (let n = 0; n < EXPORTERS; n += 1) offer(n, "kubernetes.io/h2c");
    const made = await run();
    assert.deepEqual(made.failures, []);
    assert.match(made.warnings.map(({ message }) => message).join("\n"), /are not remembered on its imports/);
    const first = await stored();
    assert.ok(first.ports > 2_500, `${first.ports} ports`);
    assert.ok(first.memory.length <= MEMORY_MAX_BYTES && first.memory.length > 0.9 * MEMORY_MAX_BYTES);
    for (let n = 0; n < EXPORTERS; n += 1) offer(n, "kubernetes.io/wss");
    const changed = await run();
    assert.deepEqual(changed.failures, []);
    assert.notEqual((await stored()).memory, first.memory);
    assert.deepEqual((await run()).done, [], "the same again changes nothing");
    held({ area: "hostile input", on: "pipeline", what: "more ports and memory than an import can hold", times: 2 });
  });
});
