/** State and objects that a release left behind, carried on by this code: previewed, refreshed, brought up to date, destroyed. */
import assert from "node:assert/strict";
import { held } from "../support/evidence";
import { marked } from "../support/objects";
import { Members, ok, openClusterSet } from "./clusterset-stack";
import { type ExportedResource, type ExportedState, patienceMs } from "./harness/index";
import { withValues, wordsOf } from "./recorded/placeholders";
import { recording, releases } from "./recorded/recordings";
import { partial, program, restore, serveFrom, workload } from "./recorded/scene";

for (const release of releases()) {
  describe(`the state of release ${release}`, function () {
    this.timeout(patienceMs);
    let members: Members;
    let played: Awaited<ReturnType<typeof openClusterSet>>;

    before(async function () {
      this.timeout(600_000);
      members = await Members.start(2);
      await workload(members);
    });
    after(() => members?.stop());
    afterEach(async () => {
      try {
        ok(await played.stack.destroy());
        for (const id of members.ids) assert.deepEqual(await marked(members.api(id)), []);
      } finally {
        played.close();
      }
    });

    /** A stack that has the recorded state, on clusters that have the recorded objects. */
    async function revived(name: "complete" | "partial", change = (state: ExportedState) => state): Promise<void> {
      const { state, objects } = recording(release, name);
      await restore(members, objects);
      played = await openClusterSet(members, { skipPreview: true });
      await played.program(name === "complete" ? program : partial);
      await played.stack.importState(change(withValues(state, await wordsOf(members))));
    }
    /** @param first of this code: what tells the clusterset from those of other states is still to be made */
    const quiet = async (first = false) => {
      const { changes, stdout } = ok(await played.stack.preview());
      const total = Object.values(changes).reduce((a, b) => a + b);
      assert.deepEqual([changes.same, changes.create], first ? [total - 1, 1] : [total, 0], stdout);
      if (first) assert.match(stdout, /pulumi:index:Stash\s+prod-incarnation\s+create/);
    };
    const tell = (what: string) => held({ area: "state", what: `state of ${release}: ${what}`, on: "pulumi" });

    it("is current: preview and refresh change nothing; a pod more is one write", async () => {
      await revived("complete");
      members.take();
      await quiet(true);
      ok(await played.stack.refresh());
      for (const [id, { writes }] of Object.entries(members.take())) assert.deepEqual(writes, [], id);
      await serveFrom(members, "serve", ["10.11.0.1", "10.11.0.9"]);
      assert.equal(ok(await played.stack.up()).changes.update, 1);
      assert.equal(members.take()["member2"]?.writes.length, 1);
      await serveFrom(members, "serve", ["10.11.0.1"]);
      tell("preview, refresh, update, destroy");
    });

    it("after a partial failure: the next up goes on", async () => {
      await revived("partial");
      await serveFrom(members, "late", ["10.11.0.3"]);
      const { changes } = ok(await played.stack.up());
      assert.deepEqual([changes.create, changes.update, changes.replace], [1, 1, 0]);
      await quiet();
      await serveFrom(members, "late", []);
      tell("after a partial failure");
    });

    it("without a schemaVersion: is read as the first one", async () => {
      await revived("complete", (state) => withVersion(state, undefined));
      await quiet(true);
      tell("without schemaVersion");
    });

    it("from the future: is refused, with what to do", async () => {
      await revived("complete");
      const { deployment } = await played.stack.exportState(true);
      const state = { version: 3, deployment };
      await played.stack.importState(withVersion(state, 1_000));
      const before = await members.fingerprints();
      const { ok: fine, error } = await played.stack.up();
      assert.equal(fine, false);
      assert.match(
        error ?? "",
        /was written by a newer pulumi-mcs \(schema 1000, known here: \d+\); update the package/,
      );
      assert.deepEqual(await members.fingerprints(), before);
      await played.stack.importState(state);
      tell("newer schemaVersion refused");
    });
  });
}

/** In every resource of a service. */
function withVersion({ version, deployment }: ExportedState, schemaVersion: number | undefined): ExportedState {
  const changed = (resource: ExportedResource): ExportedResource => {
    const { schemaVersion: recorded, ...outputs } = resource.outputs ?? {};
    if (recorded === undefined || resource.type.endsWith("Membership")) return resource;
    return { ...resource, outputs: { ...outputs, ...(schemaVersion !== undefined && { schemaVersion }) } };
  };
  return { version, deployment: { ...deployment, resources: (deployment.resources ?? []).map(changed) } };
}
