import assert from "node:assert/strict";
import { joinClusterSet, leaveClusterSet } from "../../../../provider/reconcile/membership/identity";
import { MemberError } from "../../../../provider/reconcile/member-error";
import { ANNOTATION, LABEL } from "../../../../provider/mcs/marks";
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

  it("leaves to another stack what it wrote in between, with another name of the set", async () => {
    let raced = false;
    const member = memoryMember({
      id: "member1",
      unserved: [],
      intercept: ({ verb }) => {
        if (verb !== "create" || raced) return;
        raced = true;
        for (const [name, value] of [
          ["cluster.clusterset.k8s.io", "member1"],
          ["clusterset.k8s.io", "blue"],
        ] as const) {
          member.put("ClusterProperty", {
            metadata: {
              name,
              labels: { [LABEL.managed]: "true" },
              annotations: { [ANNOTATION.owner]: "them" },
            },
            spec: { value },
          });
        }
      },
    });
    const clock = { now: () => 0, wait: async () => undefined, jitter: () => 0 };
    await assert.rejects(joinClusterSet(member, SET, clock), /is a member of the clusterset "blue"/);
    const set = await member.get("ClusterProperty", { name: "clusterset.k8s.io" });
    assert.equal(set?.spec.value, "blue");
    assert.equal(set?.metadata.annotations?.[ANNOTATION.owner], "them");
  });
});
