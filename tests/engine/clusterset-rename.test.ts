/** Another name for the ClusterSet of a program, in place: another provider instance for the engine, and nothing to do for its services. */
import assert from "node:assert/strict";
import { marked } from "../support/objects";
import { watchEndpoints } from "../support/watcher";
import { deployServe } from "../support/workload";
import { Members, ok, openClusterSet } from "./clusterset-stack";
import { patienceMs } from "./harness/index";

const serve = { namespace: "default", name: "serve" };
const services = { serve: { ...serve, exportFrom: ["member1"], importTo: ["member2"] } };

describe("a ClusterSet that is renamed", function () {
  this.timeout(patienceMs);
  let members: Members;
  let played: Awaited<ReturnType<typeof openClusterSet>>;

  before(async () => {
    members = await Members.start(2);
    await deployServe(members.api("member1"), 2);
    played = await openClusterSet(members, { skipPreview: true });
    await played.program({ services });
    ok(await played.stack.up());
  });
  after(async () => {
    played?.close();
    await members?.stop();
  });

  const ours = async () => Promise.all(members.ids.map((id) => marked(members.api(id))));

  for (const [title, set, op] of [
    [
      "with an alias: no service is replaced, none of their objects written",
      { $name: "live", $aliases: ["prod"] },
      "same",
    ],
    [
      "without an alias: no service is replaced, and where it is kept now is written on its objects",
      { $name: "eu" },
      "update",
    ],
  ] as const) {
    it(`${title}; callers see no gap`, async () => {
      const before = await ours();
      const watcher = watchEndpoints({ api: members.api("member2"), ...serve });
      members.take();
      // The clusterset's own name stays: it would be written in ClusterProperties.
      await played.program({ services, set: { ...set, name: "prod" } });
      const result = ok(await played.stack.up());
      const { steps, changes } = result;
      assert.deepEqual(
        steps.filter(({ name }) => name === "serve").map(({ op }) => op),
        [op],
      );
      assert.equal(changes.replace, 0);
      const writes = Object.values(members.take()).flatMap((it) => it.writes);
      if (op === "same") {
        assert.equal(changes.create + changes.delete + changes.update, 0);
        assert.deepEqual(writes, []);
      } else {
        const objects = writes.filter((write) => !write.endsWith("/status"));
        assert.equal(objects.length, 3, writes.join());
        assert.ok(
          objects.every((write) => write.startsWith("PUT")),
          "export, derived Service and import",
        );
        for (const line of played.lines(result, "serve"))
          assert.match(line, /update \w+ [\w-]+ \(metadata\.annotations\["pulumi-mcs\/place"\]: [^,]*\)/);
      }
      assert.deepEqual(await ours(), before);
      assert.deepEqual((await watcher.stop()).gaps, []);
    });
  }

  it("is destroyed with all that it made, by its last name", async () => {
    ok(await played.stack.destroy());
    for (const id of members.ids) assert.deepEqual(await marked(members.api(id)), []);
  });
});
