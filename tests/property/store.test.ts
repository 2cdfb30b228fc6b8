/** What is kept of a member is what its lists would bring, in whatever order it was told what happened, and however often. */
import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import type { EndpointSlice, KubeObject, ObjectMeta, Service } from "../../provider/mcs/api";
import { ANNOTATION, LABEL } from "../../provider/mcs/marks";
import type { WatchEvent } from "../../provider/reconcile/member";
import { readService, readSources } from "../../provider/reconcile/observe/one-service";
import { takeSnapshot } from "../../provider/reconcile/observe/snapshot";
import type { StoredKind } from "../../provider/reconcile/store/member-store";
import { memoryMember, type MemoryMember } from "../support/memory-member";
import { contentsOf } from "../support/store-contents";

const KINDS = ["Namespace", "ServiceExport", "ServiceImport", "Service", "EndpointSlice"] as const;
const NAMES = ["a", "b", "derived-a", "kubernetes"] as const;
const name = fc.constantFrom(...NAMES);

const written = fc.record({
  kind: fc.constantFrom<StoredKind>("ServiceExport", "ServiceImport", "Service", "EndpointSlice", "EndpointSlice"),
  name,
  gone: fc.boolean(),
  ours: fc.boolean(),
  /** Of a slice: the Service that it feeds, and the import that it says it is of. */
  feeds: name,
  of: fc.option(name, { nil: undefined }),
  owned: fc.boolean(),
  address: fc.constantFrom("10.1.0.1", "10.1.0.2", "fd00::1", "None"),
});
type Written = typeof written extends fc.Arbitrary<infer T> ? T : never;

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constant("write" as const), written, byUs: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant("hear" as const), kind: fc.constantFrom(...KINDS), events: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("read" as const), name }) },
);

function object({ kind, name: called, ours, feeds, of, owned, address }: Written): KubeObject {
  const stands = ours && kind === "Service";
  const metadata: ObjectMeta = {
    name: called,
    namespace: "default",
    annotations: { ...(stands && { [ANNOTATION.importRef]: `default/${of ?? ""}` }) },
    labels: {
      ...(ours && { [LABEL.managed]: "true" }),
      ...(kind === "EndpointSlice" && { [LABEL.serviceName]: feeds, ...(of && { [LABEL.importName]: of }) }),
    },
    ...(kind === "EndpointSlice" &&
      owned && { ownerReferences: [{ apiVersion: "v1", kind: "ServiceImport", name: feeds, uid: "u" }] }),
  };
  switch (kind) {
    case "Service": {
      const families = address.includes(":") ? (["IPv6"] as const) : (["IPv4"] as const);
      const spec: Service["spec"] = {
        clusterIP: address,
        clusterIPs: [address],
        ipFamilies: families,
        ports: [{ port: 80 }],
      };
      return { metadata, spec } as KubeObject;
    }
    case "ServiceImport":
      return { metadata, spec: { type: "ClusterSetIP", ports: [{ port: 80 }] } } as KubeObject;
    case "EndpointSlice": {
      const addresses = address === "None" ? [] : [{ addresses: [address], targetRef: { kind: "Pod" } }];
      const slice: EndpointSlice = { metadata, addressType: "IPv4", endpoints: addresses, ports: [] };
      return slice;
    }
    default:
      return { metadata };
  }
}

/** What the watches of a member have told by now, each kind in its order. */
function listen(member: MemoryMember, from: (kind: StoredKind) => string | undefined, signal: AbortSignal) {
  const queues = new Map<StoredKind, WatchEvent<KubeObject>[]>();
  for (const kind of KINDS) {
    const queue: WatchEvent<KubeObject>[] = [];
    queues.set(kind, queue);
    const watch = member.watch(kind, { resourceVersion: from(kind)!, metadataOnly: kind === "EndpointSlice", signal });
    void (async () => {
      for await (const event of watch) queue.push(event);
    })();
  }
  return queues;
}

describe("what is kept of a member", () => {
  it("is what its lists would bring, whatever happened since and in whatever order it was told", async () => {
    const property = fc.asyncProperty(fc.array(written), fc.array(step, { maxLength: 40 }), async (before, steps) => {
      const member = memoryMember({ id: "a", families: ["IPv4", "IPv6"] });
      const write = (it: Written) => {
        if (it.gone) member.drop(it.kind, { namespace: "default", name: it.name });
        else {
          // An address cannot be changed: the Service is made anew.
          if (it.kind === "Service") member.drop(it.kind, { namespace: "default", name: it.name });
          member.put(it.kind, object(it) as never);
        }
      };
      before.forEach(write);
      const store = await takeSnapshot(member, new Set(NAMES));
      const stopping = new AbortController();
      const queues = listen(member, (kind) => store.listed(kind)?.resourceVersion, stopping.signal);
      const hear = (kind: StoredKind, most: number) => {
        for (const event of queues.get(kind)!.splice(0, most)) {
          if (!("object" in event)) continue;
          if (event.type === "deleted") store.sawGone(kind, event.object);
          else store.saw(kind, event.object);
        }
      };
      const reading: Promise<void>[] = [];
      const removed = new Set<string | undefined>();
      for (const it of steps) {
        if (it.does === "hear") hear(it.kind, it.events);
        else if (it.does === "read") reading.push(readService(member, store, { namespace: "default", name: it.name }));
        else {
          const ref = { namespace: "default", name: it.written.name };
          const there = await member.get(it.written.kind, ref);
          write(it.written);
          const now = await member.get(it.written.kind, ref);
          if (it.byUs && now) store.saw(it.written.kind, now);
          if (it.byUs && !now && there) {
            store.sawRemoved(it.written.kind, { ...ref, uid: there.metadata.uid });
            removed.add(there.metadata.uid);
          }
        }
        await turn();
        const kept = [store.exports, store.imports, store.services].flatMap((all): KubeObject[] => [...all.values()]);
        assert.ok(!kept.some(({ metadata }) => removed.has(metadata.uid)), "what we removed came back");
      }
      await Promise.all(reading);
      await turn();
      // Without any event: one service is what the member holds of it.
      await readService(member, store, { namespace: "default", name: "a" });
      for (const [kind, all] of [
        ["ServiceExport", store.exports],
        ["ServiceImport", store.imports],
      ] as const) {
        const there = await member.get(kind, { namespace: "default", name: "a" });
        assert.equal(all.get("default/a")?.metadata.resourceVersion, there?.metadata.resourceVersion);
      }
      for (const kind of KINDS) hear(kind, Infinity);
      stopping.abort();
      for (const it of NAMES) {
        const key = { namespace: "default", name: it };
        if (!store.knowsSources(key)) await readSources(member, store, key);
      }
      assert.deepEqual(contentsOf(store), contentsOf(await takeSnapshot(member, new Set(NAMES))));
    });
    await fc.assert(property, { numRuns: 100 });
  }).timeout(120_000);
});
