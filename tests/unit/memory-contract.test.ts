/** The member that other unit tests stand on keeps the same contract as a real API server. */
import { memberContract } from "../contract/member-contract";
import { memoryMember } from "../support/memory-member";

memberContract("the memory member", async () => {
  const member = memoryMember({ id: "memory" });
  member.put("Namespace", { metadata: { name: "contract" } });
  return { member, namespace: "contract", cleanup: () => member.close() };
});
