/** What an operation costs the members' API servers: requests and connections, counted at a proxy before each. */
import assert from "node:assert/strict";
import { held } from "../support/evidence";
import { deployServe } from "../support/workload";
import { Members, ok, openClusterSet, type PlayedStack } from "./clusterset-stack";
import { patienceMs } from "./harness/index";

/** Of one member, in one plugin process, when nothing changed; whatever the number of services. */
const noOpRequests = 6;
/** How many requests a connection carries at least, on average, where there are many. Idle ones close after seconds and are made anew. */
const requestsPerConnection = 4;

interface Cost {
  readonly requests: number;
  readonly connections: number;
  /** Requests that could have changed something: not reads, nor reviews of rights, nor dry runs. */
  readonly writes: readonly string[];
}

describe("the requests of an operation", function () {
  this.timeout(patienceMs);
  let members: Members;
  const noOps = new Map<number, readonly Cost[]>();

  before(async function () {
    this.timeout(600_000);
    members = await Members.start(2);
    await deployServe(members.api("member1"));
  });
  after(() => members?.stop());

  /** A cost a member of what `work` does. */
  async function costs(work: () => Promise<unknown>): Promise<readonly Cost[]> {
    members.take();
    const before = Object.values(members.proxies).map((proxy) => proxy.connections());
    await work();
    const connections = Object.values(members.proxies).map((proxy, i) => proxy.connections() - (before[i] ?? 0));
    return Object.values(members.take()).map(({ all, writes }, i) => ({
      requests: all,
      connections: connections[i] ?? 0,
      writes,
    }));
  }

  function assertNoWrites(all: readonly Cost[]): void {
    assert.deepEqual(
      all.flatMap(({ writes }) => writes),
      [],
    );
  }

  for (const count of [1, 50]) {
    describe(`with ${count} ${count === 1 ? "service" : "services"}`, () => {
      const names = Array.from({ length: count }, (_, i) => `echo-${count}-${i}`);
      let played: PlayedStack & { close(): void };

      before(async function () {
        const spec = { selector: { app: "serve" }, ports: [{ port: 80, targetPort: 8080 }] };
        const services = "/api/v1/namespaces/default/services";
        for (const name of names) await members.api("member1")("POST", services, { metadata: { name }, spec });
        played = await openClusterSet(members);
        const args = { namespace: "default", exportFrom: ["member1"], importTo: ["member2"] };
        await played.program({ services: Object.fromEntries(names.map((name) => [name, args])) });
      });
      after(() => played?.close());

      it("a first preview writes nothing", async () => {
        const before = await members.fingerprints();
        assertNoWrites(await costs(async () => ok(await played.stack.preview())));
        assert.deepEqual(await members.fingerprints(), before);
      });

      it("the first up writes, and its requests share connections", async () => {
        const all = await costs(async () => ok(await played.stack.up()));
        for (const { requests, writes, connections } of all) {
          assert.ok(writes.length >= count, `${writes.length} writes`);
          if (count === 1) continue;
          const told = `${connections} connections for ${requests} requests`;
          assert.ok(connections * requestsPerConnection <= requests, told);
        }
      });

      it("a second up writes nothing", async () => {
        const before = await members.fingerprints();
        // Beside the services: the stack, the clusterset, its provider, its incarnation, and the membership.
        const all = await costs(async () => assert.equal(ok(await played.stack.up()).changes.same, count + 5));
        assertNoWrites(all);
        assert.deepEqual(await members.fingerprints(), before);
      });

      it(`a preview of no change makes at most ${noOpRequests} requests a member`, async () => {
        const all = await costs(async () => ok(await played.stack.preview()));
        assertNoWrites(all);
        for (const { requests } of all) assert.ok(requests <= noOpRequests, `${requests} requests`);
        noOps.set(count, all);
      });

      it("destroy is not held up", async () => {
        ok(await played.stack.destroy());
        held({ area: "size", what: "services of one program", on: "pulumi", times: count });
      });
    });
  }

  // A suite of its own: the tests directly in this one run before its suites.
  describe("with any number of services", () => {
    it("what 50 services cost when nothing changed is what one costs", () => {
      const [one, fifty] = [noOps.get(1), noOps.get(50)];
      assert.ok(one !== undefined && fifty !== undefined);
      assert.deepEqual(
        fifty.map(({ requests }) => requests),
        one.map(({ requests }) => requests),
      );
    });
  });
});
