/** Mocha's usual output, and a line of JSON for every test that proves a behaviour, in the file named by MCS_CONFORMANCE_RECORD. */
import { appendFileSync } from "node:fs";
import * as path from "node:path";
import { type MochaOptions, reporters, Runner, type Test } from "mocha";
import { idsOf } from "../support/spec";
import type { Proof } from "./proofs";

const { constants } = Runner;
const root = path.join(__dirname, "../..");

class ProofReporter extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    const record = process.env["MCS_CONFORMANCE_RECORD"];
    if (record === undefined) return;
    const tell = (test: Test, state: Proof["state"]) => {
      const ids = idsOf(test.title);
      const file = path.relative(root, test.file ?? "").replaceAll(path.sep, "/");
      const title = test.title.replace(/ \[[^[]*\]$/, "");
      const proof: Proof = { file, suite: test.parent?.fullTitle() ?? "", title, ids, state };
      if (ids.length > 0) appendFileSync(record, `${JSON.stringify(proof)}\n`);
    };
    runner.on(constants.EVENT_TEST_PASS, (test) => tell(test, "passed"));
    runner.on(constants.EVENT_TEST_FAIL, (test) => tell(test, "failed"));
    runner.on(constants.EVENT_TEST_PENDING, (test) => tell(test, "skipped"));
  }
}

export = ProofReporter;
