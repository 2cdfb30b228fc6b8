/** How long a change took is measured in the importing cluster by the time that the source slice tells, where a write came of that change. */
import assert from "node:assert/strict";
import { ANNOTATION, LABEL } from "../../../provider/mcs/marks";
import { endpoint, KEY } from "../../support/builders";
import { World } from "../../support/world";

describe("the time of the change behind a slice", () => {
  let world: World;
  beforeEach(() => {
    world = new World(["member1", "member2"]);
    world.service("member1");
  });

  function source(addresses: readonly string[], time?: string): void {
    const labels = { [LABEL.serviceName]: KEY.name, [LABEL.sliceManagedBy]: "endpointslice-controller.k8s.io" };
    const annotations = time === undefined ? {} : { annotations: { [ANNOTATION.triggerTime]: time } };
    world.at("member1").put("EndpointSlice", {
      metadata: { name: `${KEY.name}-x7k2p`, namespace: KEY.namespace, labels, ...annotations },
      addressType: "IPv4",
      ports: [{ name: "http", protocol: "TCP", port: 8080 }],
      endpoints: addresses.map((address) => endpoint(address)),
    });
  }
  const carried = async () =>
    (await world.importedSlices("member2")).map((it) => it.metadata.annotations?.[ANNOTATION.triggerTime]);
  const writes = () => world.writesOf(() => world.reconcile({}));

  it("comes along with the endpoints that it led to", async () => {
    source(["10.1.0.5"], "2026-01-01T00:00:00Z");
    await world.reconcile({});
    source(["10.1.0.6"], "2026-01-01T00:00:07.5Z");
    assert.equal((await writes()).length, 1);
    assert.deepEqual(await carried(), ["2026-01-01T00:00:07.5Z"]);
  });

  it("is not on a slice that is made: its pods may have run for a year", async () => {
    source(["10.1.0.5"], "2025-01-01T00:00:00Z");
    await world.reconcile({});
    assert.deepEqual(await carried(), [undefined]);
  });

  it("is never a reason to write: neither a change of it, nor that it came or went", async () => {
    source(["10.1.0.5"]);
    await world.reconcile({});
    for (const time of ["2026-01-01T00:00:01Z", "2026-01-01T00:00:02Z", undefined]) {
      source(["10.1.0.5"], time);
      assert.deepEqual(await writes(), [], time);
    }
  });

  it("goes with the next write where the source tells none, and is not taken for the time of another write", async () => {
    source(["10.1.0.5"]);
    await world.reconcile({});
    source(["10.1.0.6"], "2026-01-01T00:00:01Z");
    await world.reconcile({});
    source(["10.1.0.7"], "2026-01-01T00:00:01Z");
    await world.reconcile({});
    assert.deepEqual(await carried(), [undefined], "by this the second change would have taken the time of both");
    source(["10.1.0.8"], "2026-01-01T00:00:02Z");
    await world.reconcile({});
    source(["10.1.0.9"]);
    await world.reconcile({});
    assert.deepEqual(await carried(), [undefined]);
  });

  it("is a time, or nothing: what else a source writes there goes nowhere", async () => {
    source(["10.1.0.5"]);
    await world.reconcile({});
    source(["10.1.0.6"], "yesterday\n");
    await world.reconcile({});
    assert.deepEqual(await carried(), [undefined]);
  });

  it("is not carried by a slice that comes back after an outage", async () => {
    const unreachable = { do: "notReady" } as const;
    source(["10.1.0.5"], "2026-01-01T00:00:01Z");
    await world.reconcile({ unreachable });
    world.unreachable.add("member1");
    await world.reconcile({ unreachable });
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5!"]);
    world.unreachable.clear();
    await world.reconcile({ unreachable });
    assert.deepEqual([await world.endpoints("member2"), await carried()], [["member1 10.1.0.5"], [undefined]]);
  });
});
