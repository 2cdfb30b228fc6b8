/** What importers share in a decision, and what each of them has to itself. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Endpoint } from "../../provider/mcs/api";
import { canonical } from "../../provider/mcs/canonical";
import type { View } from "../../provider/mcs/observed";
import { decide } from "../../provider/reconcile/decide/decide";
import type { Decision } from "../../provider/reconcile/decide/decide";
import { DECIDED_AT, readAgain } from "../support/settled-views";
import { claims } from "./claims";
import { clusterSets, viewsOf } from "./clustersets";
import type { ClusterSetSpec } from "./clustersets";

interface Scene {
  readonly set: ClusterSetSpec;
  readonly views: readonly View[];
}

/** Addresses that nobody may export, that are written in another way, or that lie in other members' ranges. */
const ODD = [
  "127.0.0.1",
  "010.0.0.1",
  "10.2.0.3",
  "fd00:0::01",
  "2002:a02:3::1",
  "::ffff:10.0.0.1",
  "nope",
  "10.99.0.1",
];

function odd(endpoint: Endpoint, bits: number): Endpoint {
  const address = ODD[bits % ODD.length]!;
  return bits % 11 === 0
    ? { ...endpoint, addresses: bits % 2 === 0 ? [...endpoint.addresses, address] : [address] }
    : endpoint;
}

/** Bounds differ from member to member, so that importers cannot all have the same. */
const scenes = fc.record({ set: clusterSets({ withSlices: true }), seed: fc.nat() }).map(({ set, seed }): Scene => {
  const bits = (n: number) => (Math.imul(seed ^ (n + 1), 0x9e3779b1) >>> 12) & 0xffff;
  const views = viewsOf(set).map((view, at): View => {
    if (view.state !== "read") return view;
    const sourceSlices = view.service.sourceSlices.map((slice, n) => ({
      ...slice,
      endpoints: slice.endpoints && slice.endpoints.map((it, e) => odd(it, bits(at * 1_000 + n * 300 + e))),
    }));
    const bounds = {
      ...(bits(at) % 2 === 0 && { ownAddresses: new Set(["10.2.0.3", "10.0.0.1", "10.1.0.0", "fd00:1:1::1"]) }),
      ...(bits(at) % 3 === 0 && { serviceCIDRs: ["10.99.0.0/16", "10.1.1.0/30"] }),
      ...(bits(at) % 5 === 0 && { podCIDRs: ["10.0.0.0/14", "fd00::/16"] }),
    };
    return { ...view, service: { ...view.service, sourceSlices, ...bounds } };
  });
  return { set, views };
});

function decided({ set, views }: Scene, importTo = set.intent.importTo): Decision {
  return decide(views, { ...set.intent, importTo }, DECIDED_AT);
}

/** What is written in it as an importer. */
function importedBy(id: string, { changes }: Decision): string {
  const kinds = ["Service", "ServiceImport", "EndpointSlice"];
  return canonical(changes.filter(({ member, kind }) => member === id && kinds.includes(kind)));
}

describe("an importer of any clusterset", () => {
  const claim = claims(scenes, 400);

  claim([], "gets the same whoever imports besides, and in whatever order they are named", (scene) => {
    const { importTo } = scene.set.intent;
    const together = decided(scene);
    const turned = decided(scene, [...importTo].reverse());
    for (const id of importTo) {
      assert.equal(importedBy(id, turned), importedBy(id, together));
      assert.equal(importedBy(id, decided(scene, [id])), importedBy(id, together));
    }
  });

  claim([], "gets the same from a reading that was decided on before and from the same that was just made", (scene) => {
    const before = canonical(decided(scene));
    assert.equal(canonical(decided(scene)), before);
    assert.equal(canonical(decided({ ...scene, views: readAgain(scene.views) })), before);
  });
});
