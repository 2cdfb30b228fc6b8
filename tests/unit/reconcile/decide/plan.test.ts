import assert from "node:assert/strict";
import type { Condition, EndpointSlice, Service } from "../../../../provider/mcs/api";
import { ANNOTATION, LABEL } from "../../../../provider/mcs/marks";
import type { ImportedSlice } from "../../../../provider/mcs/observed";
import { contentHash } from "../../../../provider/mcs/derive/slice-digest";
import { RANK } from "../../../../provider/reconcile/decide/change";
import {
  inOrder,
  planDerived,
  planExport,
  planSlices,
  planStatus,
  removal,
} from "../../../../provider/reconcile/decide/plan";
import {
  at,
  endpointSlice,
  frozen,
  importedSlice,
  KEY,
  OWNER,
  ownExport,
  service,
  serviceExport,
} from "../../../support/builders";
import { slicesIn } from "../../../support/slices-in";

const target = {
  ...{ key: KEY, derivedName: "derived-serve", importUid: "u", families: ["IPv4" as const] },
  ...{ headless: false, maxEndpoints: 100, owner: OWNER },
};
const wanted = (address: string): EndpointSlice =>
  slicesIn(
    "member2",
    { cluster: "member1", slices: [endpointSlice([address])], portNames: new Map([["http", "http"]]) },
    target,
  )[0]!;
const stored = (slice: EndpointSlice, hash = contentHash(slice)): ImportedSlice =>
  frozen({
    object: { metadata: { ...slice.metadata, uid: "s", resourceVersion: "7", managedFields: [{ manager: "x" }] } },
    hash,
  });

const slices = (live: readonly ImportedSlice[], of: readonly EndpointSlice[], established = false) =>
  planSlices({ member: "member2", live, wanted: of, stays: () => false, established });

describe("planning slices", () => {
  const slice = wanted("10.1.0.5");

  it("writes nothing where all is as it should be", () => assert.deepEqual(slices([stored(slice)], [slice]), []));

  it("makes what is missing", () => {
    const [change] = slices([], [slice]);
    assert.deepEqual([change?.verb, change?.rank], ["create", RANK.newSlice]);
  });

  it("writes what has other content, as the object that was read", () => {
    const [change] = slices([stored(wanted("10.1.0.6"))], [slice]);
    assert.equal(change?.verb, "update");
    assert.deepEqual(change?.fields, ["endpoints or ports"]);
    assert.equal(change?.object.metadata.resourceVersion, "7");
    assert.equal(change?.object.metadata.managedFields, undefined);
    assert.equal(change?.object.metadata.annotations?.[ANNOTATION.contentHash], contentHash(slice));
  });

  it("writes what somebody else changed, although its note still tells what we wrote", () => {
    const [change] = slices([stored(slice, "other")], [slice]);
    assert.deepEqual(change?.fields, ["endpoints or ports"]);
  });

  it("restores a note that somebody took off", () => {
    const bare = { ...slice, metadata: { ...slice.metadata, annotations: {} } };
    assert.equal(slices([stored(bare, contentHash(slice))], [slice]).length, 1);
  });

  it("sets our labels and owner, and keeps what others put there", () => {
    const live = stored({
      ...slice,
      metadata: {
        ...slice.metadata,
        labels: { ...slice.metadata.labels, [LABEL.serviceName]: "evil", team: "a" },
        ownerReferences: [],
      },
    });
    const [change] = slices([live], [slice]);
    assert.equal(change?.object.metadata.labels?.[LABEL.serviceName], "derived-serve");
    assert.equal(change?.object.metadata.labels?.["team"], "a");
    assert.equal(change?.object.metadata.ownerReferences?.length, 1);
  });

  it("takes the headless label off where the service no longer is", () => {
    const live = stored({
      ...slice,
      metadata: { ...slice.metadata, labels: { ...slice.metadata.labels, [LABEL.headless]: "" } },
    });
    const [change] = slices([live], [slice]);
    assert.equal(change && LABEL.headless in (change.object.metadata.labels ?? {}), false);
  });

  it("marks what it takes over; who has a state knows slices of 0.1.0, which tell no owner, for its own", () => {
    const { [ANNOTATION.owner]: _owner, ...annotations } = slice.metadata.annotations ?? {};
    const unowned = stored({ ...slice, metadata: { ...slice.metadata, annotations } });
    const others = { ...annotations, [ANNOTATION.owner]: "other" };
    const taken = stored({ ...slice, metadata: { ...slice.metadata, annotations: others } });
    assert.deepEqual(slices([unowned], [slice], true), []);
    for (const changes of [slices([unowned], [slice]), slices([taken], [slice]), slices([taken], [slice], true)]) {
      assert.deepEqual(
        changes.map(({ object }) => object.metadata.annotations?.[ANNOTATION.owner]),
        [OWNER],
      );
    }
  });

  it("removes what is not wanted, except from sources that cannot be read", () => {
    const live = [importedSlice("x", "member1"), importedSlice("y", "member3")];
    const changes = planSlices({
      member: "member2",
      live,
      wanted: [],
      stays: ({ metadata }) => metadata.labels?.[LABEL.sourceCluster] === "member3",
    });
    assert.deepEqual(
      changes.map((c) => `${c.verb} ${c.object.metadata.name}`),
      ["remove x"],
    );
  });
});

describe("planning a derived Service", () => {
  const live = service({ clusterIP: "10.96.0.7", clusterIPs: ["10.96.0.7"] }, { name: "derived-serve", uid: "u" });
  const want = (spec: Partial<Service["spec"]>): Service => ({ ...live, spec: { ...live.spec, ...spec } });

  it("writes nothing for what the server fills in", () => {
    const { clusterIP, clusterIPs, ...spec } = live.spec;
    void [clusterIP, clusterIPs];
    assert.deepEqual(planDerived("m", live, { ...live, spec }), []);
  });

  it("updates what differs, and says what", () => {
    const [change] = planDerived("m", live, want({ internalTrafficPolicy: "Local" }));
    assert.deepEqual([change?.verb, change?.fields], ["update", ['spec.internalTrafficPolicy: "Cluster" => "Local"']]);
  });

  it("replaces what no update can change", () => {
    assert.equal(planDerived("m", live, want({ clusterIP: "None" }))[0]?.verb, "replace");
    assert.equal(planDerived("m", live, want({ ipFamilies: ["IPv6"] }))[0]?.verb, "replace");
  });
});

describe("planning an export", () => {
  it("writes nothing for a spec that is empty one way or another", () => {
    const { spec, ...bare } = ownExport(1);
    void spec;
    assert.deepEqual(planExport("m", bare, ownExport(1)), []);
  });

  it("makes, adopts, updates", () => {
    assert.equal(planExport("m", undefined, ownExport(1))[0]?.verb, "create");
    assert.equal(planExport("m", serviceExport(1), ownExport(1))[0]?.verb, "update");
    const [change] = planExport("m", ownExport(1), ownExport(1, { exportedLabels: { app: "x" } }));
    assert.deepEqual(change?.fields, ['spec.exportedLabels: (none) => {"app":"x"}']);
  });
});

describe("planning a status", () => {
  const condition: Condition = {
    type: "Valid",
    status: "True",
    reason: "Valid",
    message: "",
    observedGeneration: 1,
    lastTransitionTime: at(0),
  };
  const { type, status, reason, message } = condition;
  const live = frozen({ ...serviceExport(1), status: { conditions: [condition], clusters: [{ cluster: "a" }] } });
  const args = {
    ...{ member: "m", rank: RANK.exportStatus, kind: "ServiceExport" as const, object: live, live, written: false },
    wanted: [{ type, status, reason, message }],
  };

  it("writes nothing where it says the same", () => {
    assert.deepEqual(planStatus(args), []);
    assert.deepEqual(planStatus({ ...args, rest: { clusters: [{ cluster: "a" }] } }), []);
  });

  it("says what moves", () => {
    const [change] = planStatus({ ...args, wanted: [{ ...args.wanted[0]!, status: "False", reason: "NoService" }] });
    assert.deepEqual(change?.fields, ['status.conditions.Valid: "True/Valid" => "False/NoService"']);
  });

  it("writes a new message, and a new generation", () => {
    const [said] = planStatus({ ...args, wanted: [{ ...args.wanted[0]!, message: "new" }] });
    assert.deepEqual(said?.fields, ['status.conditions.Valid.message: "" => "new"']);
    const newer = frozen({ ...live, metadata: { ...live.metadata, generation: 2 } });
    assert.equal(planStatus({ ...args, live: newer }).length, 1);
  });

  it("does not count a field that the server does not know", () => {
    assert.deepEqual(
      planStatus({ ...args, rest: { endpointSliceObjects: "Present" }, optional: ["endpointSliceObjects"] }),
      [],
    );
    assert.equal(planStatus({ ...args, rest: { endpointSliceObjects: "Present" } }).length, 1);
  });

  it("goes with a write of the object, without a word of its own", () => {
    const [change] = planStatus({ ...args, written: true });
    assert.equal(change?.unannounced, true);
  });
});

describe("the order of a plan", () => {
  it("is by rank, then member, kind and name, whatever order it came in", () => {
    const changes = [
      removal("b", RANK.removeSlice, "EndpointSlice", importedSlice("y", "a").object),
      removal("a", RANK.removeSlice, "EndpointSlice", importedSlice("z", "a").object),
      removal("a", RANK.removeSlice, "EndpointSlice", importedSlice("x", "a").object),
      ...planExport("z", undefined, ownExport(1)),
    ];
    const text = (list: typeof changes) =>
      inOrder(frozen(list)).map((c) => `${c.rank} ${c.member} ${c.object.metadata.name}`);
    assert.deepEqual(text(changes), ["10 z serve", "70 a x", "70 a z", "70 b y"]);
    assert.deepEqual(text([...changes].reverse()), text(changes));
  });
});
