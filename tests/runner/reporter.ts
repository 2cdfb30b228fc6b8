/** Mocha's usual output for people, and a record of every test for the runner, in the file named by MCS_TEST_RECORD. */
import * as path from "node:path";
import { type MochaOptions, reporters, Runner, type Suite, type Test } from "mocha";
import { reasonOf } from "../support/skip";
import { root } from "./jobs";
import { appendEnd, appendOpen, appendRecord, type TestRecord } from "./results";

const { constants } = Runner;

/** A process that lives on for so long after its last test says what keeps it. */
const LINGERS_MS = 10_000;
/** Of a failure's message: assert's own first line names no value. */
const LINES = 4;

class RecordingReporter extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    const file = process.env["MCS_TEST_RECORD"];
    if (file === undefined) return;
    const told = new Set<Test>();
    const tell = (test: Test, state: TestRecord["state"], why?: string) => {
      told.add(test);
      appendRecord(file, { state, title: titleOf(test), ...fileOf(test), ...(why === undefined ? {} : { why }) });
    };
    runner.on(constants.EVENT_TEST_PASS, (test) => tell(test, "passed"));
    runner.on(constants.EVENT_TEST_PENDING, (test) => tell(test, "skipped", reasonOf(test)));
    // A hook that fails is reported here too, as if it were a test.
    runner.on(constants.EVENT_TEST_FAIL, (test, error: Error) => tell(test, "failed", firstLine(error)));
    runner.on(constants.EVENT_RUN_END, () => {
      for (const test of testsIn(runner.suite)) {
        if (!told.has(test)) tell(test, "skipped", "its set-up failed");
      }
      appendEnd(file);
      // Waits for nobody: it only speaks in a process that does not end.
      setTimeout(() => appendOpen(file, process.getActiveResourcesInfo()), LINGERS_MS).unref();
    });
  }
}

function titleOf(test: Test): string {
  return test.titlePath().join(" › ");
}

/** A hook knows its file only by its suite, and a hook outside of all suites not even so. */
function fileOf(test: Test): Pick<TestRecord, "file"> {
  const file = test.file ?? test.parent?.file;
  return file === undefined ? {} : { file: path.relative(root, file) };
}

/** The first line, and where it ends in a colon, as assert's own do, what follows. */
function firstLine(error: Error): string {
  const [first = "", ...rest] = String(error.message ?? error).split("\n");
  const values = rest.map((line) => line.trim()).filter((line) => line !== "");
  return first.endsWith(":") ? [first, ...values.slice(0, LINES)].join(" ") : first;
}

function testsIn(suite: Suite): Test[] {
  return [...suite.tests, ...suite.suites.flatMap(testsIn)];
}

export = RecordingReporter;
