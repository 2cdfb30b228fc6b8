import assert from "node:assert/strict";
import { joinClusterSet, leaveClusterSet } from "../../../../provider/reconcile/membership/identity";
import { MemberError } from "../../../../provider/reconcile/member-error";
import { memoryMember } from "../../../support/memory-member";

const SET = { set: "prod", owner: "me" };

describe("who a cluster says it is", () => {
  for (const times of [1, 3]) {
    it(`waits longer each time that another stack was faster (${times} times; issue 10, 33)`, async () => {
      let left = times;
      const waits: number[] = [];
      const clock = { now: () => 0, wait: async (ms: number) => void waits.push(ms), jitter: () => 0.5 };
      const member = memoryMember({
        id: "member1",
        unserved: [],
        intercept: ({ verb }) => {
          if (verb === "create" && (left -= 1) >= 0) throw new MemberError("alreadyExists", "member1", "raced", 409);
        },
      });
      const done = await joinClusterSet(member, SET, clock);
      assert.equal(done?.length, 2);
      assert.deepEqual(waits, [150, 300, 600].slice(0, times));
      assert.equal((await leaveClusterSet(member, SET, clock)).length, 2);
    });
  }
});
