/** IP families on real control planes: member1 has IPv4 alone, member2 and member3 both. */
import assert from "node:assert/strict";
import type { IPFamily, Service, ServiceImport } from "../../../provider/mcs/api";
import { reconcile } from "../../../provider/reconcile/reconcile";
import { spec } from "../../support/spec";
import { nextSecond, type Scene } from "./scene";
import { describeOnMembers, type MemberId, MEMBERS } from "./stage";

const V4: readonly IPFamily[] = ["IPv4"];
const V6: readonly IPFamily[] = ["IPv6"];
const V46: readonly IPFamily[] = ["IPv4", "IPv6"];
const V64: readonly IPFamily[] = ["IPv6", "IPv4"];

const families = (ipFamilies: readonly IPFamily[]) => ({
  ipFamilies,
  ipFamilyPolicy: ipFamilies.length > 1 ? "RequireDualStack" : "SingleStack",
});
const familyOf = (ip: string): IPFamily => (ip.includes(":") ? "IPv6" : "IPv4");
const addressOf = (id: MemberId, family: IPFamily) =>
  family === "IPv4" ? `10.1${id.slice(-1)}.0.1` : `fd00:10:${id.slice(-1)}::1`;

async function exporting(scene: Scene, id: MemberId, ipFamilies: readonly IPFamily[]): Promise<void> {
  await scene.service(id, families(ipFamilies));
  for (const family of ipFamilies) {
    await scene.endpoints(id, [addressOf(id, family)], { addressType: family });
  }
  await scene.export(id);
}

/** Addresses and families of an import, and of the Service that stands for it, tell the same. */
function agree(imported: ServiceImport, derived: Service): void {
  assert.deepEqual(imported.spec.ips, derived.spec.clusterIPs);
  assert.deepEqual(imported.spec.ipFamilies, derived.spec.ipFamilies);
  assert.deepEqual(imported.spec.ips?.map(familyOf), imported.spec.ipFamilies);
}

describeOnMembers("IP families", (stage) => {
  spec(
    ["E5", "E6", "E8", "E9"],
    "in every mix of exporters, importers hold the families that all exporters and they themselves have",
    async () => {
      const scene = await stage.scene();
      const offers = [undefined, V4, V6, V46, V64];
      const mixes = [undefined, V4].flatMap((member1) =>
        offers.flatMap((member2) => offers.map((member3) => ({ member1, member2, member3 }))),
      );
      const services = mixes
        .filter((mix) => Object.values(mix).some((offer) => offer !== undefined))
        .map((mix, n) => ({ mix, name: `mix-${n}` }));
      for (const id of MEMBERS) {
        await Promise.all(
          services.map(async ({ mix, name }) => {
            const offer = mix[id];
            if (!offer) return;
            await scene.service(id, families(offer), { name });
            await scene.export(id, {}, { name });
          }),
        );
      }
      const fleet = scene.fleet();
      const outcomes = await Promise.all(
        services.map(({ name }) =>
          reconcile(fleet, { ...scene.intent({ importTo: MEMBERS }), key: { namespace: scene.namespace, name } }),
        ),
      );
      assert.deepEqual(
        outcomes.flatMap((o) => o.failures),
        [],
      );

      for (const { mix, name } of services) {
        const exports = await Promise.all(
          MEMBERS.filter((id) => mix[id]).map(async (id) => ({
            offer: mix[id] ?? [],
            live: (await scene.list(id, "ServiceExport")).find((e) => e.metadata.name === name),
            id,
          })),
        );
        exports.sort((a, b) => {
          const [x, y] = [a.live?.metadata.creationTimestamp ?? "", b.live?.metadata.creationTimestamp ?? ""];
          return x === y ? (a.id < b.id ? -1 : 1) : x < y ? -1 : 1;
        });
        const oldest = exports[0]?.offer ?? [];
        const shared = oldest.filter((family) => exports.every(({ offer }) => offer.includes(family)));
        const wanted = shared.length > 0 ? shared : oldest;
        const what = `${name} ${JSON.stringify(mix)}`;
        for (const id of MEMBERS) {
          const here = wanted.filter((family) => id !== "member1" || family === "IPv4");
          const imported = await scene.need<ServiceImport>(id, "ServiceImport", name);
          assert.deepEqual(imported.spec.ipFamilies, here, `${what} in ${id}`);
          const ready = imported.status?.conditions?.find((c) => c.type === "Ready");
          assert.equal(ready?.reason, here.length > 0 ? "Ready" : "IPFamilyNotSupported", `${what} in ${id}`);
          const derived = await scene.get<Service>(id, "Service", `derived-${name}`);
          if (here.length === 0) assert.equal(derived, undefined, what);
          else agree(imported, derived ?? assert.fail(`${what}: no Service in ${id}`));
        }
        for (const { live } of exports) {
          const { status } = live as { status?: { conditions?: { type: string; reason: string }[] } };
          const told = status?.conditions?.find((c) => c.type === "Conflict")?.reason;
          assert.equal(told, shared.length > 0 ? "NoConflicts" : "IPFamilyConflict", what);
        }
      }
    },
  );

  spec(["E4", "G2"], "slices are imported by family, and of no family that the import lacks", async () => {
    const scene = await stage.scene();
    await exporting(scene, "member2", V46);
    await exporting(scene, "member3", V64);
    await scene.reconcile({ importTo: MEMBERS });
    assert.deepEqual(await scene.addressesIn("member1"), ["10.12.0.1", "10.13.0.1"]);
    assert.deepEqual(await scene.addressesIn("member2"), ["10.12.0.1", "10.13.0.1", "fd00:10:2::1", "fd00:10:3::1"]);
    for (const slice of await scene.slicesIn("member3")) {
      for (const { addresses } of slice.endpoints ?? []) assert.deepEqual(addresses.map(familyOf), [slice.addressType]);
    }
    assert.deepEqual((await scene.reconcile({ importTo: MEMBERS })).done, []);
  });

  spec("E8", "exporters that share no family: the oldest's is used, and all are told who is out of reach", async () => {
    const scene = await stage.scene();
    await exporting(scene, "member1", V4);
    await exporting(scene, "member2", V6);
    await scene.reconcile({ importTo: ["member3"] });
    for (const id of ["member1", "member2"] as const) {
      const { reason, message } = await scene.conditionIn(id, "Conflict");
      assert.equal(reason, "IPFamilyConflict");
      assert.match(
        message,
        /ipFamilies of member1 \(IPv4\) are used: oldest export; member2 \(IPv6\) cannot be reached/,
      );
    }
    assert.deepEqual(await scene.addressesIn("member3"), ["10.11.0.1"]);
  });

  spec("C9", "an IPv6 service is not imported into an IPv4 cluster, and the import says so", async () => {
    const scene = await stage.scene();
    await exporting(scene, "member2", V6);
    await scene.reconcile({ importTo: MEMBERS });
    const imported = await scene.importIn("member1");
    assert.deepEqual([imported.spec.ips, imported.spec.ipFamilies], [undefined, []]);
    assert.equal(imported.status?.endpointSliceObjects, "Absent");
    const { status, reason, message } = await scene.readyIn("member1");
    assert.deepEqual([status, reason], ["False", "IPFamilyNotSupported"]);
    assert.match(message, /the service is IPv6, this cluster has IPv4/);
    assert.equal(await scene.get("member1", "Service", scene.derivedName), undefined);
    assert.deepEqual(await scene.slicesIn("member1"), []);
    assert.deepEqual(await scene.addressesIn("member3"), ["fd00:10:2::1"]);
    assert.deepEqual((await scene.reconcile({ importTo: MEMBERS })).done, []);

    await scene.patch("member2", "Service", "serve", families(V64) && { spec: families(V64) });
    await scene.endpoints("member2", ["10.12.0.9"]);
    await scene.reconcile({ importTo: MEMBERS });
    assert.equal((await scene.readyIn("member1")).status, "True");
    agree(await scene.importIn("member1"), await scene.derivedIn("member1"));
    assert.deepEqual(await scene.addressesIn("member1"), ["10.12.0.9"]);
  });

  spec(["E3", "E9"], "a Service that gains a family, and loses it again, keeps its first address", async () => {
    const scene = await stage.scene();
    await exporting(scene, "member2", V4);
    await scene.reconcile({ importTo: ["member3"] });
    const narrow = await scene.derivedIn("member3");
    const { metadata } = await scene.importIn("member3");

    await scene.patch("member2", "Service", "serve", { spec: families(V46) });
    await scene.endpoints("member2", [addressOf("member2", "IPv6")], { addressType: "IPv6" });
    await scene.reconcile({ importTo: ["member3"] });
    const wide = await scene.derivedIn("member3");
    assert.equal(wide.metadata.uid, narrow.metadata.uid);
    assert.equal(wide.spec.clusterIPs?.length, 2);
    assert.equal(wide.spec.clusterIP, narrow.spec.clusterIP);
    agree(await scene.importIn("member3"), wide);
    assert.deepEqual(await scene.addressesIn("member3"), ["10.12.0.1", "fd00:10:2::1"]);

    await scene.patch("member2", "Service", "serve", {
      spec: {
        ...families(V4),
        clusterIPs: [(await scene.need<Service>("member2", "Service", "serve")).spec.clusterIP],
      },
    });
    await scene.reconcile({ importTo: ["member3"] });
    const again = await scene.derivedIn("member3");
    assert.deepEqual([again.metadata.uid, again.spec.clusterIPs], [narrow.metadata.uid, narrow.spec.clusterIPs]);
    agree(await scene.importIn("member3"), again);
    assert.deepEqual(await scene.addressesIn("member3"), ["10.12.0.1"]);
    assert.equal((await scene.importIn("member3")).metadata.uid, metadata.uid);
  });

  spec(["E3", "E9"], "where only the second family is left, its address stays the import's address", async () => {
    const scene = await stage.scene();
    await exporting(scene, "member2", V46);
    await scene.reconcile({ importTo: ["member3"] });
    const before = await scene.importIn("member3");
    await exporting(scene, "member3", V6);
    await scene.reconcile({ importTo: ["member3"] });
    const after = await scene.importIn("member3");
    agree(after, await scene.derivedIn("member3"));
    assert.deepEqual(after.spec.ips, before.spec.ips?.slice(1));
    assert.deepEqual(await scene.addressesIn("member3"), ["fd00:10:2::1", "fd00:10:3::1"]);
    assert.equal(after.metadata.uid, before.metadata.uid);
    for (const slice of await scene.slicesIn("member3")) {
      assert.equal(slice.metadata.ownerReferences?.[0]?.uid, after.metadata.uid);
    }
    assert.deepEqual((await scene.reconcile({ importTo: ["member3"] })).done, []);
  });

  spec(
    ["E9", "F2"],
    "another primary family of the oldest does not move the address of those who already import",
    async () => {
      const scene = await stage.scene();
      await exporting(scene, "member2", V46);
      await nextSecond();
      await exporting(scene, "member3", V64);
      await scene.reconcile({ importTo: ["member3"] });
      const before = await scene.derivedIn("member3");
      await scene.remove("member2", "ServiceExport", "serve");
      await scene.reconcile({ importTo: ["member3"] });
      const after = await scene.derivedIn("member3");
      assert.deepEqual([after.metadata.uid, after.spec.clusterIPs], [before.metadata.uid, before.spec.clusterIPs]);
      agree(await scene.importIn("member3"), after);
    },
  );

  spec(
    "A16",
    "a namespace that an IPv4 member lacks is skipped, also where its families must be asked for",
    async () => {
      const scene = await stage.scene({ namespaceIn: ["member2", "member3"] });
      await exporting(scene, "member2", V46);
      const { warnings, view } = await scene.reconcile({ importTo: MEMBERS });
      assert.deepEqual(
        warnings.map((w) => w.member),
        ["member1"],
      );
      assert.match(view.skipped["member1"] ?? "", /does not exist/);
      agree(await scene.importIn("member3"), await scene.derivedIn("member3"));
    },
  );
});
