/** Many exports and imports of one service in a program's first preview. */
import assert from "node:assert/strict";
import { handlers } from "../../../../provider/dynamic-provider";
import { useContext } from "../../../../provider/resources/process/context";
import { serve, stage } from "../stage";

describe("imports that a preview sees before their exports", () => {
  afterEach(() => useContext(undefined));

  it("are looked at anew for a few of these, and told that there are more: not for each", async () => {
    const ids = ["member1", "member2", "member3", "member4", "member5", "member6"];
    const at = stage({ ids });
    for (const id of ids) serve(at.members[id]!);
    const common = { namespace: "default", name: "serve" };
    for (const cluster of ids.slice(0, 2)) {
      await handlers.ServiceImport.check({}, { ...common, resourceUrn: `urn:${cluster}`, cluster });
    }
    at.lines.length = 0;
    for (const cluster of ids) {
      await handlers.ServiceExport.check({}, { ...common, resourceUrn: `urn:export:${cluster}`, cluster });
    }
    for (const cluster of ids.slice(0, 2)) {
      const told = at.lines.filter(({ urn }) => urn === `urn:${cluster}`).map(({ message }) => message);
      assert.equal(told.length, 4, told.join("\n"));
      assert.match(told[2]!, /\(once member1, member2, member3 export default\/serve, as this program says\)$/);
      const more = `${cluster}: more slices once further members export default/serve, as this program says`;
      assert.equal(told[3], more);
    }
  });
});
