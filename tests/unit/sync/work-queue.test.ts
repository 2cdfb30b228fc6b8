/** When a service is looked at: at once where it was quiet, gathered where it is busy, later where it failed, and never twice at a time. */
import assert from "node:assert/strict";
import { retryDelay, type Work, type Worked, workQueue } from "../../../provider/sync/queue/work-queue";
import { type VirtualClock, virtualClock } from "../../support/virtual-clock";

const DONE: Worked = { state: "done" };

describe("the queue of services", () => {
  let clock: VirtualClock;
  /** "12 a": when what was worked on. */
  let worked: string[];
  let answer: (work: Work) => Promise<Worked>;
  let queue: ReturnType<typeof workQueue>;
  beforeEach(() => {
    clock = virtualClock();
    worked = [];
    answer = async () => DONE;
    queue = workQueue({
      clock,
      parallel: 2,
      work: (work) => {
        worked.push(`${clock.now()} ${work.key}`);
        return answer(work);
      },
    });
  });
  afterEach(() => queue.stop());

  it("begins at once with what was quiet", async () => {
    queue.add("a");
    await clock.advance(0);
    assert.deepEqual(worked, ["0 a"]);
  });

  it("gathers what is told of it soon after", async () => {
    queue.add("a");
    await clock.advance(10);
    for (let n = 0; n < 3; n += 1) {
      queue.add("a");
      await clock.advance(10);
    }
    await clock.advance(1_000);
    assert.deepEqual(worked, ["0 a", "80 a"]);
  });

  it("looks at what is told of without end twice a second", async () => {
    for (let n = 0; n < 200; n += 1) {
      queue.add("a");
      await clock.advance(10);
    }
    assert.ok(worked.length >= 4 && worked.length <= 6, worked.join());
  });

  it("works once more on what it was told of meanwhile, and never on one key twice at a time", async () => {
    let most = 0;
    let now = 0;
    answer = async () => {
      most = Math.max(most, (now += 1));
      await clock.wait(100);
      now -= 1;
      return DONE;
    };
    queue.add("a");
    await clock.advance(50);
    queue.add("a");
    queue.add("a");
    await clock.advance(1_000);
    assert.deepEqual(worked, ["0 a", "150 a"]);
    assert.equal(most, 1);
  });

  it("works on as many as it may at a time, news first", async () => {
    answer = async () => {
      await clock.wait(100);
      return DONE;
    };
    ["a", "b", "c"].forEach((key) => queue.add(key, true));
    await clock.advance(10);
    queue.add("news");
    await clock.advance(500);
    assert.deepEqual(worked, ["0 a", "0 b", "100 news", "100 c"]);
  });

  it("tries again later each time, and at most half a minute apart before jitter", async () => {
    answer = async () => ({ state: "failed" });
    queue.add("a");
    await clock.advance(800);
    assert.deepEqual(worked, ["0 a", "100 a", "300 a", "700 a"]);
    assert.deepEqual(
      [1, 2, 9, 10, 60].map((retries) => retryDelay(retries, 0)),
      [100, 200, 25_600, 30_000, 30_000],
    );
  });

  it("does not wait for the retry where something new is told", async () => {
    let failures = 6;
    answer = async () => ((failures -= 1) > 0 ? { state: "failed" } : DONE);
    queue.add("a");
    await clock.advance(2_000);
    const before = worked.length;
    queue.add("a");
    await clock.advance(50);
    assert.equal(worked.length, before + 1);
  });

  it("looks again when it is told to, and counts no failure", async () => {
    let first = true;
    const retries: number[] = [];
    answer = async (work) => {
      retries.push(work.retries);
      const again: Worked = first ? { state: "later", ms: 1_000 } : DONE;
      first = false;
      return again;
    };
    queue.add("a");
    await clock.advance(2_000);
    assert.deepEqual(worked, ["0 a", "1000 a"]);
    assert.deepEqual(retries, [0, 0]);
  });

  it("begins nothing after it was stopped, and waits for what is under way", async () => {
    let ended = false;
    answer = async () => {
      await clock.wait(100);
      ended = true;
      return DONE;
    };
    queue.add("a");
    await clock.advance(10);
    const stopped = queue.stop();
    queue.add("b");
    await clock.advance(200);
    await stopped;
    assert.ok(ended);
    assert.deepEqual(worked, ["0 a"]);
  });
});
