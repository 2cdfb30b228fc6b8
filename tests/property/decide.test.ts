/** What is decided for any clusterset that is met for the first time. */
import assert from "node:assert/strict";
import type { EndpointSlice, Service, ServiceImport } from "../../provider/mcs/api";
import { canonical } from "../../provider/mcs/canonical";
import { isOurs, LABEL } from "../../provider/mcs/marks";
import { exportersOf } from "../../provider/mcs/merge/exporters";
import type { Change } from "../../provider/reconcile/decide/change";
import { decide } from "../../provider/reconcile/decide/decide";
import type { Decision } from "../../provider/reconcile/decide/decide";
import { KEY } from "../support/builders";
import { claims } from "./claims";
import { clusterSets, viewsOf } from "./clustersets";
import type { ClusterSetSpec } from "./clustersets";
import { derivedServiceFaults } from "./derived-rules";

interface Decided {
  readonly set: ClusterSetSpec;
  readonly decision: Decision;
}

/** Frozen views: whoever edits what was read throws here. */
function decided(set: ClusterSetSpec): Decided {
  return { set, decision: decide(viewsOf(set), set.intent, Date.UTC(2026, 0, 2)) };
}

const written = <T>(changes: readonly Change[], kind: Change["kind"]): readonly (T & { readonly member: string })[] =>
  changes
    .filter((c) => c.kind === kind && (c.verb === "create" || c.verb === "update"))
    .map((c) => ({ ...(c.object as T), member: c.member }));

/** The same clusterset, listed the other way round. */
function turned(set: ClusterSetSpec): ClusterSetSpec {
  const members = [...set.members].reverse().map((m) => ({
    ...m,
    slices: [...m.slices].reverse().map((s) => ({ ...s, endpoints: s.endpoints && [...s.endpoints].reverse() })),
  }));
  return { ...set, members };
}

describe("deciding for any clusterset", () => {
  const claim = claims(clusterSets({ withSlices: true }).map(decided));

  claim(["F2"], "does not depend on the order of members and slices", ({ set, decision }) => {
    assert.equal(canonical(decided(turned(set)).decision.changes), canonical(decision.changes));
  });

  claim(["F6", "E5", "I1"], "every derived Service is one that the API server takes", ({ decision }) => {
    for (const service of written<Service>(decision.changes, "Service"))
      assert.deepEqual(derivedServiceFaults(service), []);
  });

  claim(
    ["D1", "D4", "E1", "E5", "E6"],
    "every import has no more ports, families and addresses than it may, and they agree with the Service",
    ({ set, decision }) => {
      const services = written<Service>(decision.changes, "Service");
      for (const { member, spec: of, metadata } of written<ServiceImport>(decision.changes, "ServiceImport")) {
        assert.deepEqual([metadata.namespace, metadata.name], [KEY.namespace, KEY.name]);
        const derived = services.find((s) => s.member === member);
        assert.deepEqual(of.ipFamilies, derived?.spec.ipFamilies ?? []);
        assert.equal((of.ips ?? []).length > 0, derived !== undefined && of.type === "ClusterSetIP");
        const own = set.members.find((m) => m.id === member)!;
        assert.ok((of.ipFamilies ?? []).every((f) => own.families.includes(f)));
      }
    },
  );

  claim(
    ["B1", "B4", "G3"],
    "every address comes from a source that validly exports the service, and from its own slices",
    ({ set, decision }) => {
      const { constituents } = exportersOf(viewsOf(set), set.intent);
      for (const slice of written<EndpointSlice>(decision.changes, "EndpointSlice")) {
        const source = slice.metadata.labels?.[LABEL.sourceCluster];
        const chosen = set.intent.sources?.includes(source ?? "") ?? true;
        assert.ok(chosen && constituents.some((c) => c.cluster === source), `${source} exports nothing`);
        const exporter = set.members.find((m) => m.id === source)!;
        const theirs = new Set(
          exporter.slices
            .filter((s) => s.addressType === slice.addressType)
            .flatMap((s) => (s.endpoints ?? []).map((e) => e.addresses.join())),
        );
        assert.ok((slice.endpoints ?? []).every((e) => theirs.has(e.addresses.join())));
      }
    },
  );

  claim(["G2", "E4"], "no endpoint of a family that the import has is lost", ({ set, decision }) => {
    const slices = written<EndpointSlice>(decision.changes, "EndpointSlice");
    for (const derived of written<Service>(decision.changes, "Service")) {
      const sources = decision.view.imports[derived.member]!.sources;
      for (const source of Object.keys(sources)) {
        const exporter = set.members.find((m) => m.id === source)!;
        const there = exporter.slices
          .filter((s) => (derived.spec.ipFamilies as readonly string[]).includes(s.addressType))
          .flatMap((s) => s.endpoints ?? []);
        const here = slices.filter(
          (s) => s.member === derived.member && s.metadata.labels?.[LABEL.sourceCluster] === source,
        );
        assert.ok(here.length > 0, "at least one slice an exporter");
        assert.deepEqual(
          here.flatMap((s) => (s.endpoints ?? []).map((e) => e.addresses.join())).sort(),
          there.map((e) => e.addresses.join()).sort(),
        );
      }
    }
  });

  claim(["G4", "G5", "G6"], "every slice fits the API: size, names, labels, ports", ({ set, decision }) => {
    const slices = written<EndpointSlice>(decision.changes, "EndpointSlice");
    assert.equal(new Set(slices.map((s) => `${s.member}/${s.metadata.name}`)).size, slices.length);
    for (const slice of slices) {
      assert.ok((slice.endpoints ?? []).length <= set.intent.maxEndpointsPerSlice!);
      assert.ok(slice.metadata.name.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(slice.metadata.name));
      assert.ok(Object.values(slice.metadata.labels ?? {}).every((v) => v.length <= 63));
      const derived = written<Service>(decision.changes, "Service").find((s) => s.member === slice.member)!;
      const known = new Map((derived.spec.ports ?? []).map((p) => [p.name ?? "", p.protocol]));
      assert.ok((slice.ports ?? []).every((p) => known.get(p.name ?? "") === p.protocol));
    }
  });

  claim(
    ["D8"],
    "nothing that others made is written or removed, except an import that is honoured or adopted",
    ({ set, decision }) => {
      for (const change of decision.changes) {
        const { id, service, import: handWritten } = set.members.find((m) => m.id === change.member)!;
        assert.ok(!(change.kind === "Service" && service && change.object.metadata.name === service.metadata.name), id);
        if (change.verb === "remove") assert.ok(isOurs(change.object));
        if (change.kind === "ServiceImport" && handWritten) assert.ok(set.intent.honour || set.intent.adopt);
      }
    },
  );

  claim(["A16"], "nothing is written where the namespace is missing", ({ set, decision }) => {
    const absent = set.members.filter((m) => m.namespace === "absent").map((m) => m.id);
    assert.ok(decision.changes.every((c) => !absent.includes(c.member)));
  });
});
