/** A slow member is an unreadable one after its own deadline: nobody waits for it longer, and the message says who it was and with what. */
import assert from "node:assert/strict";
import { handlers } from "../../../../provider/resources/handlers";
import { useContext, type Context } from "../../../../provider/resources/process/context";
import { parseSettings } from "../../../../provider/resources/inputs/settings";
import { createFleet, type Fleet } from "../../../../provider/reconcile/observe/fleet";
import { patienceOf } from "../../../../provider/reconcile/observe/patience";
import { preview } from "../../../../provider/reconcile/reconcile";
import { memoryMember, type MemoryMember, type MemoryRequest } from "../../../support/memory-member";
import { intentOf } from "../../../support/world";
import { serve } from "../../resources/stage";

const KEY = { namespace: "default", name: "serve" };
/** Seconds: what does not hang answers in far less. */
const PATIENCE = { readingSeconds: 0.3, furtherSeconds: 0.3 };

describe("a member that takes too long", () => {
  let members: Record<string, MemoryMember>;
  let fleet: Fleet;
  let hangs: (request: MemoryRequest) => boolean;
  let release: () => void;
  beforeEach(() => {
    hangs = () => false;
    const released = new Promise<void>((resolve) => (release = resolve));
    const intercept = async (request: MemoryRequest) => (hangs(request) ? released : undefined);
    members = {
      member1: memoryMember({ id: "member1", families: ["IPv4", "IPv6"] }),
      member2: memoryMember({ id: "member2", families: ["IPv4", "IPv6"] }),
      member3: memoryMember({ id: "member3", intercept }),
    };
    serve(members.member1!);
    fleet = createFleet({
      ids: Object.keys(members),
      connect: async (id) => members[id]!,
      clock: Date.now,
      patience: PATIENCE,
    });
  });
  afterEach(() => {
    release();
    useContext(undefined);
  });

  const states = async () => [...(await fleet.read(fleet.clock() + 1))].map(([id, it]) => `${id} ${it.state}`);
  const lists = (request: MemoryRequest) => request.verb === "list" && request.kind === "Service";

  it("is unreadable by name, with what it was asked, and the others are read", async () => {
    hangs = lists;
    const readings = await fleet.read(0);
    assert.equal(readings.get("member1")?.state, "read");
    const late = readings.get("member3");
    assert.match(
      late?.state === "unreadable" ? late.error.message : "",
      /^cluster "member3": reading it took more than 0\.3 s, still waiting for cluster "member3" \(list Services, \d+ s\): look at/,
    );
  });

  it("is not waited for again while it has not answered, and read when it has", async () => {
    hangs = lists;
    await states();
    const asked = members.member3!.requests.length;
    assert.deepEqual(await states(), ["member1 read", "member2 read", "member3 unreadable"]);
    assert.equal(members.member3!.requests.length, asked);
    hangs = () => false;
    release();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(await states(), ["member1 read", "member2 read", "member3 read"]);
  });

  it("is held where it takes long over one service: the others are served", async () => {
    hangs = ({ verb, dryRun }) => verb === "create" && dryRun === true;
    members.member1!.put("Service", {
      metadata: KEY,
      spec: { type: "ClusterIP", ports: [{ port: 80 }], ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv6"] },
    });
    const { announcements, warnings } = await preview(fleet, intentOf({ key: KEY, importTo: ["member2", "member3"] }));
    assert.ok(announcements.some(({ member }) => member === "member2"));
    assert.ok(!announcements.some(({ member }) => member === "member3"));
    assert.match(
      warnings.map(({ message }) => message).join("\n"),
      /cluster "member3": learning its families .*\(create Service pulumi-mcs-family-probe, /,
    );
  });

  it("is named by a resource whose own time is up", async () => {
    hangs = ({ verb }) => verb === "version";
    const context: Context = {
      set: { clusters: [], failures: [] },
      settings: parseSettings(undefined),
      members: new Map(),
      fleet,
      log: { write: async () => undefined },
      pass: { is: "real" },
    };
    useContext(context);
    const never = handlers(
      "MultiClusterService",
      {
        check: async () => ({ inputs: {}, failures: [] }),
        diff: async () => ({ changes: false }),
        create: async () => ({ id: "i", outs: {} }),
        update: async () => ({ outs: {} }),
        read: async (id) => ({ id, props: {} }),
        delete: async () => void (await fleet.version("member3")),
        foretell: async () => ({}),
        import: async (id) => ({ id, props: {} }),
      },
      { look: 1, write: 0.3 },
    );
    await assert.rejects(never.delete("i", {}), {
      message:
        /^MultiClusterService: delete did not end within 0\.3 s: still waiting for cluster "member3" \(read the version, \d+ s\); run again$/,
    });
  });

  it("gets a time that is far below that of a resource, whatever the deadline of a request", () => {
    for (const timeout of [1, 5, 30, 120]) {
      const { readingSeconds, furtherSeconds } = patienceOf(timeout);
      assert.ok(2 * readingSeconds + 5 * furtherSeconds < 300, `${timeout} s`);
      assert.ok(readingSeconds >= 20);
    }
  });
});
