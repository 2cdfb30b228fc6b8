/** Budgets are judged by figures of the run, and by nothing that was not measured. */
import assert from "node:assert/strict";
import budgets from "../../../bench/budgets.json";
import { checkBudgets, type Budget } from "../../../bench/report/check";
import type { By, Figure, Part, Results, Values } from "../../../bench/report/results";
import { goalsTables } from "../../../bench/report/sync-goals";
import { SYNC } from "../../../bench/report/sync-operations";

const results = (...figures: readonly Figure[]): Results => ({
  at: "2026-01-01T00:00:00.000Z",
  commit: "abc1234",
  machine: { cores: 2, memoryGiB: 8, node: "v24.0.0", pulumi: "3.260.0" },
  minutes: 1,
  figures,
  traffic: [],
  notMeasured: [],
});

function figure(part: Part, operation: string, values: Values, rest: Partial<Figure> = {}): Figure {
  const size = { services: 500, members: 3, endpoints: 10, roundTripMs: 0 };
  return { part, operation, by: "ours", runs: 1, ...size, values, ...rest };
}

const firstUp = (by: By, seconds: number) => figure("first-up", "first up", { seconds }, { by });
const noOp = (operation: string, values: Values, by: By = "ours") => figure("no-op", operation, values, { by });

/** The verdict of one budget, at 500 services where it is for sizes. */
function judged(id: string, limit: number, ...figures: readonly Figure[]) {
  const budget: Budget = { id, says: id, services: [500], limit };
  const [first, ...more] = checkBudgets(results(...figures), [budget]);
  assert.deepEqual(more, []);
  return first!;
}

describe("a budget", () => {
  it("is met at its limit and not met beyond it", () => {
    const up = [firstUp("empty program", 10), firstUp("bare pool", 10)];
    assert.equal(judged("first-up", 1.5, ...up, firstUp("ours", 25)).verdict, "met");
    assert.equal(judged("first-up", 1.5, ...up, firstUp("ours", 25.1)).verdict, "not met");
  });

  it("is never met by what was not measured", () => {
    for (const { id, says, limit, services } of budgets as readonly Budget[]) {
      for (const { verdict, figure: value } of checkBudgets(results(), [{ id, says, limit, services }])) {
        assert.equal(value, undefined, id);
        assert.equal(verdict, "not measured", id);
      }
    }
  });

  it("is not measured where a floor is missing", () => {
    assert.equal(judged("first-up", 1.5, firstUp("ours", 1), firstUp("empty program", 1)).verdict, "not measured");
    assert.equal(judged("no-op", 1.3, noOp("no-op up", { seconds: 1 })).verdict, "not measured");
  });

  it("is judged at each of its sizes alone", () => {
    const budget = { id: "no-op-writes", says: "", services: [50, 500], limit: 0 };
    const verdicts = checkBudgets(results(noOp("no-op up", { writes: 0 })), [budget]);
    assert.deepEqual(
      verdicts.map(({ at, verdict }) => [at, verdict]),
      [
        ["50 services", "not measured"],
        ["500 services", "met"],
      ],
    );
  });

  it("that nobody knows is an error, so that a misspelt one is not lost", () => {
    assert.throws(() => checkBudgets(results(), [{ id: "first-upp", says: "", limit: 1 }]), /"first-upp" is no budget/);
  });
});

describe("the budget of", () => {
  it("an update without changes leaves out what the preview asked for, and may leave out watches", () => {
    const asked = [noOp("no-op preview", { requests: 6, watches: 0 }), noOp("no-op up", { requests: 16, watches: 4 })];
    assert.equal(judged("no-op-requests", 6, ...asked).figure, 6);
    assert.equal(judged("no-op-requests-and-watches", 10, ...asked).figure, 10);
  });

  it("a first up is in bare pools of the same writes", () => {
    const all = [firstUp("ours", 40), firstUp("empty program", 10), firstUp("bare pool", 20)];
    assert.equal(judged("first-up", 1.5, ...all).figure, 1.5);
  });

  it("memory is that of the larger of first up and no-op, above the empty program's", () => {
    const of = (part: Part, operation: string, ours: number) => [
      figure(part, operation, { pluginMiB: ours }),
      figure(part, operation, { pluginMiB: 100 }, { by: "empty program" }),
    ];
    const all = [...of("first-up", "first up", 170), ...of("no-op", "no-op up", 150)];
    assert.equal(judged("plugin-memory", 60, ...all).figure, 70);
    assert.equal(judged("plugin-memory", 60, ...all.slice(0, 2)).verdict, "not measured");
  });

  it("writes is for one service", () => {
    assert.equal(judged("exporter-writes", 6, figure("first-up", "first up", { writes: 3000 })).figure, 6);
  });

  it("growth has a verdict for each cost that grows", () => {
    const at = (services: number, seconds: number) =>
      figure("growth-services", "update without changes", { seconds, requests: 6 }, { services });
    const budget = { id: "growth", says: "", limit: 1.1 };
    const verdicts = checkBudgets(results(at(10, 1.1), at(100, 101), at(1000, 10_001)), [budget]);
    assert.deepEqual(
      verdicts.map(({ at: what, verdict }) => [what, verdict]),
      [
        ["update without changes by services: s", "not met"],
        ["update without changes by services: requests/member", "met"],
      ],
    );
  });

  it("sync is in what a loop that watches and writes takes, or in the same writes by a bare pool", () => {
    const sync = (operation: string, by: By, values: Values) => figure("sync", operation, values, { by });
    const change = [
      sync(SYNC.change, "watch and put", { medianMs: 10 }),
      sync(SYNC.change, "ours", { medianMs: 15 }),
      sync(SYNC.drift, "ours", { medianMs: 5 }),
    ];
    assert.equal(judged("sync-change", 2, ...change).figure, 1.5);
    assert.equal(judged("sync-drift", 2, ...change).figure, 0.5);
    assert.equal(judged("sync-change", 2, ...change.slice(1)).verdict, "not measured");
    const setUp = [sync(SYNC.setUp, "bare pool", { seconds: 1 }), sync(SYNC.setUp, "ours", { seconds: 4 })];
    assert.equal(judged("sync-set-up", 3, ...setUp).verdict, "not met");
  });

  it("many members is not that of few with as many services", () => {
    const few = figure("sync", SYNC.memory, { syncMiB: 100 });
    const many = figure("sync", SYNC.memory, { syncMiB: 250 }, { members: 20 });
    assert.equal(judged("sync-memory", 120, many, few).figure, 100);
    assert.equal(judged("sync-memory-of-many", 300, few, many).figure, 250);
    assert.equal(judged("sync-memory-of-many", 300, few).verdict, "not measured");
  });
});

describe("the times that were asked of sync", () => {
  it("stand beside the figure and its floor, and only where it was measured", () => {
    const values = { medianMs: 21, maxMs: 60 };
    const ours = figure("sync", SYNC.change, values);
    const floor = figure("sync", SYNC.change, { medianMs: 9, maxMs: 30 }, { by: "watch and put" });
    const [table] = goalsTables(results(ours, floor));
    assert.deepEqual(table?.rows, [
      [SYNC.change, "median ms", "21", "9", "20", "longer"],
      [SYNC.change, "max ms", "60", "30", "60", "as asked"],
    ]);
    assert.deepEqual(goalsTables(results()), []);
  });
});
