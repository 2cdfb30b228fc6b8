/** When a resource is read, and what may be written then: each way to ask for it, in a preview and in earnest. docs/previews.md shows the rows. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import * as path from "node:path";
import { isRecording, record } from "../passes/record";
import { CALLS, READING, ROWS, titleOf } from "../passes/rows";
import { full } from "../support/evidence";
import { skipBecause } from "../support/skip";
import { deployServe } from "../support/workload";
import { Members, ok, openClusterSet } from "./clusterset-stack";
import { environment } from "./harness/environment";
import { findPulumi, patienceMs } from "./harness/index";
import { terminalUnavailable } from "./harness/terminal";
import { DERIVED, drift, Drifted, projectIn, writtenIn } from "./played-passes";

const UNPROVED = /nothing was repaired, because it is not known whether this is a preview: .*; pulumi up repairs it/;

/** All of them where the page is made or everything is tried; otherwise one a way. */
const isPlayed = ({ alike }: { readonly alike?: true }) => full || isRecording || !alike;

describe("what is written when Pulumi reads", function () {
  this.timeout(patienceMs);
  let members: Members;

  before(async () => {
    members = await Members.start(2);
    await deployServe(members.api("member1"));
  });
  after(() => members?.stop());

  const isThere = (what: string) =>
    members
      .api("member2")("GET", what)
      .then(() => true)
      .catch(() => false);

  describe("of a service whose derived Service was deleted", () => {
    let played: Awaited<ReturnType<typeof openClusterSet>>;
    let drifted: Drifted;
    before(async () => {
      played = await openClusterSet(members);
      drifted = new Drifted(members, played);
    });
    after(() => drifted?.close());

    for (const row of ROWS.filter(isPlayed)) {
      it(`${titleOf(row)}: ${row.written}`, async function () {
        const obstacle = row.answer && terminalUnavailable();
        if (obstacle) skipBecause(this, obstacle);
        const { shown, written } = await drifted.play(row);
        assert.equal(written, row.written, shown);
        assert.equal(await isThere(DERIVED), row.written === "repair", shown);
        assert.equal(
          UNPROVED.test(shown.replace(/\s+/g, " ")),
          row.renamed === true && row.written === "nothing",
          shown,
        );
        record(titleOf(row));
      });
    }
  });

  describe("by the Automation API", () => {
    let played: Awaited<ReturnType<typeof openClusterSet>>;
    let folder: string;
    before(async () => {
      // Only for its folders: the program is inline.
      played = await openClusterSet(members);
      folder = projectIn(path.join(__dirname, "fixtures/inline"));
      await call("up");
    });
    after(() => {
      played?.close();
      if (folder) rmSync(folder, { recursive: true, force: true });
    });

    async function call(method: string, options?: object): Promise<string> {
      const kubeconfigs = Object.fromEntries(Object.entries(members.proxies).map(([id, it]) => [id, it.kubeconfig]));
      const argument = JSON.stringify({ stackName: "api", workDir: folder, kubeconfigs, method, options });
      const env = environment(await findPulumi(), played.options.stateDir);
      return new Promise((resolve, reject) => {
        const args = [path.join(folder, "operation.js"), argument];
        execFile(process.execPath, args, { cwd: folder, env }, (error, stdout, stderr) =>
          error ? reject(new Error(stdout || stderr)) : resolve(stdout),
        );
      });
    }

    for (const row of CALLS.filter(isPlayed)) {
      it(`${row.asked}: ${row.written}`, async () => {
        await drift(members);
        const said = await call(row.method, row.options);
        assert.equal(writtenIn(members), row.written, said);
        record(titleOf(row));
      });
    }
  });

  describe("of a service of another stack, which this one only reads", () => {
    let owner: Awaited<ReturnType<typeof openClusterSet>>;
    let reader: Awaited<ReturnType<typeof openClusterSet>>;
    let drifted: Drifted;
    before(async () => {
      owner = await openClusterSet(members);
      const serve = { namespace: "default", exportFrom: ["member1"], importTo: ["member2"] };
      await owner.program({ services: { serve } });
      ok(await owner.stack.up({ skipPreview: true }));
      reader = await openClusterSet(members, { stack: "reader" });
      await reader.program({ reads: { theirs: "default/serve" } });
      ok(await reader.stack.up({ skipPreview: true }));
      drifted = new Drifted(members, reader);
    });
    after(async () => {
      await owner?.stack.destroy({ skipPreview: true });
      reader?.close();
      owner?.close();
    });

    it("has the outputs that the service has in its own stack", async () => {
      const outputs = (await reader.stack.outputs()) as { readonly read: { readonly theirs: unknown } };
      const own = (await owner.stack.outputs()) as {
        readonly services: { readonly serve: { readonly imports: unknown } };
      };
      assert.deepEqual(outputs.read.theirs, own.services.serve.imports);
    });

    for (const asked of READING) {
      it(`${asked}: nothing`, async () => {
        await drift(members);
        await drifted.run({ asked, written: "nothing" });
        assert.equal(writtenIn(members), "nothing");
        assert.equal(await isThere(DERIVED), false);
        record(titleOf({ asked, reading: true }));
      });
    }
  });
});
