import assert from "node:assert/strict";
import { type LogLine, logText, syncLog } from "../../../../provider/sync/metrics/sync-log";

const pass = {
  key: { namespace: "shop", name: "serve" },
  milliseconds: 20.4,
  waited: 5,
  retries: 0,
  writes: 2,
  warnings: [],
} as const;

describe("the log of sync", () => {
  let lines: LogLine[];
  const log = () => syncLog((line) => lines.push(line));
  beforeEach(() => (lines = []));

  it("tells a failure once however often it comes again, another one anew, and when it is over", () => {
    const { observer } = log();
    const failed = (message: string) => observer.reconciled?.({ ...pass, result: "failed", failures: [{ message }] });
    failed("member2: not allowed (403)");
    failed("member2: not allowed (403)");
    failed("member2: quota");
    observer.reconciled?.({ ...pass, result: "unchanged", failures: [] });
    observer.reconciled?.({ ...pass, result: "unchanged", failures: [] });
    assert.deepEqual(
      lines.map(({ message }) => message),
      [
        "shop/serve: member2: not allowed (403); tried again",
        "shop/serve: member2: quota; tried again",
        "shop/serve: all is done again",
      ],
    );
  });

  it("says nothing of a pass that had nothing to do", () => {
    log().observer.reconciled?.({ ...pass, result: "unchanged", failures: [] });
    assert.deepEqual(lines, []);
  });

  it("is one line an event whatever a cluster says, as text or as JSON with what to filter by", () => {
    const why = { code: "unreachable", message: "member1: no\nroute \u001b[31mx" };
    log().observer.memberState?.({ member: "member1", state: "unreadable", since: 0, why });
    const [line] = lines;
    assert.ok(line);
    const text = logText(line, "text", 0);
    assert.match(text, /^1970-01-01T00:00:00\.000Z WARN {2}member1: no/);
    assert.ok(!/[\n\u001b]/.test(text));
    const { time, level, member, state, reason } = JSON.parse(logText(line, "json", 0)) as Record<string, string>;
    assert.deepEqual(
      { time, level, member, state, reason },
      {
        time: "1970-01-01T00:00:00.000Z",
        level: "warn",
        member: "member1",
        state: "unreadable",
        reason: "unreachable",
      },
    );
  });
});
