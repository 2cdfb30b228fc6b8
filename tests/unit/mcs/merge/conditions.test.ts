import assert from "node:assert/strict";
import type { Condition } from "../../../../provider/mcs/api";
import { exportConditions, withConditions } from "../../../../provider/mcs/merge/conditions";
import type { Conflict } from "../../../../provider/mcs/merge/conflict";
import { frozen } from "../../../support/builders";
import { spec } from "../../../support/spec";

const short = (list: readonly Pick<Condition, "type" | "status" | "reason">[] | undefined) =>
  list?.map((c) => `${c.type}=${c.status}/${c.reason}`);
const conflict = (reason: Conflict["reason"]): Conflict => ({ reason, field: "x", message: `about ${reason}` });

describe("the conditions of an export", () => {
  spec(["C1", "C2", "C3"], "that is valid are Valid, Exported, NoConflicts", () => {
    assert.deepEqual(short(exportConditions({ state: "valid" }, [])), [
      "Valid=True/Valid",
      "Ready=True/Exported",
      "Conflict=False/NoConflicts",
    ]);
  });

  spec(["C1", "C2", "B9"], "without a Service are NoService, Pending, NoConflicts", () => {
    const state = { state: "invalid", reason: "NoService", message: "m" } as const;
    assert.deepEqual(short(exportConditions(state, [conflict("TypeConflict")])), [
      "Valid=False/NoService",
      "Ready=False/Pending",
      "Conflict=False/NoConflicts",
    ]);
  });

  spec("C2", "that cannot be put on an import are Valid, Failed, NoConflicts", () => {
    assert.deepEqual(short(exportConditions({ state: "failed", message: "m" }, [])), [
      "Valid=True/Valid",
      "Ready=False/Failed",
      "Conflict=False/NoConflicts",
    ]);
  });

  it("that is being deleted are left as they are", () => {
    assert.equal(exportConditions({ state: "leaving" }, []), undefined);
  });

  spec(["C3", "C6"], "in conflict join the reasons by commas without spaces, each once, and the messages", () => {
    const found = exportConditions({ state: "valid" }, [
      conflict("PortConflict"),
      conflict("TypeConflict"),
      conflict("PortConflict"),
    ]);
    const last = found?.at(-1);
    assert.equal(last?.reason, "PortConflict,TypeConflict");
    assert.match(last?.reason ?? "", /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/);
    assert.equal(last?.message, "about PortConflict; about TypeConflict; about PortConflict");
  });

  it("have a message that the schema takes, however much there is to say", () => {
    const found = exportConditions({ state: "valid" }, [
      { reason: "PortConflict", field: "ports", message: "x".repeat(40000) },
    ]);
    assert.equal(found?.at(-1)?.message.length, 32768);
  });
});

describe("conditions that are stored", () => {
  const old: Condition = frozen({
    type: "Valid",
    status: "True",
    reason: "Valid",
    message: "",
    observedGeneration: 1,
    lastTransitionTime: "2026-01-01T00:00:00Z",
  });
  const foreign: Condition = frozen({ ...old, type: "Approved", lastTransitionTime: "2025-01-01T00:00:00Z" });
  const now = "2026-02-02T00:00:00Z";

  it("move their time only with their status", () => {
    const [kept] = withConditions([old], [{ type: "Valid", status: "True", reason: "Other", message: "m" }], {
      now,
      generation: 2,
    });
    assert.deepEqual(kept, { ...old, reason: "Other", message: "m", observedGeneration: 2 });
    const [moved] = withConditions([old], [{ type: "Valid", status: "False", reason: "NoService", message: "" }], {
      now,
      generation: 2,
    });
    assert.equal(moved?.lastTransitionTime, now);
  });

  it("of others stay as they are, in their place", () => {
    const list = withConditions([foreign, old], [{ type: "Ready", status: "True", reason: "Exported", message: "" }], {
      now,
      generation: 1,
    });
    assert.deepEqual(list.slice(0, 2), [foreign, old]);
    assert.equal(list[2]?.type, "Ready");
  });

  it("of others are completed where the schema would refuse the whole list for them: those of older CRDs may lack everything", () => {
    const bare: Condition = { type: "Synced", status: "Unknown", reason: "", message: "", lastTransitionTime: "" };
    const ours = { type: "Valid", status: "True", reason: "Valid", message: "" } as const;
    const live = [bare, { ...old, reason: "", lastTransitionTime: "" }];
    const list = withConditions(live, [ours], { now, generation: 1 });
    assert.deepEqual(list, [
      { ...bare, reason: "Unknown", lastTransitionTime: now },
      { ...old, lastTransitionTime: now },
    ]);
  });

  it("say nothing of a generation that is not known", () => {
    const [made] = withConditions([], [{ type: "Ready", status: "True", reason: "Exported", message: "" }], {
      now,
      generation: undefined,
    });
    assert.equal("observedGeneration" in made!, false);
  });

  it("are the same once stored", () => {
    const { type, status, reason, message } = old;
    assert.deepEqual(withConditions([old], [{ type, status, reason, message }], { now, generation: 1 }), [old]);
  });
});
