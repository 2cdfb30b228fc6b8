/** The first preview of a program that makes several things at once: it names what will be written, and says what it cannot know. */
import assert from "node:assert/strict";
import { deployServe } from "../support/workload";
import { Members, ok, openClusterSet, type Program } from "./clusterset-stack";
import { patienceMs } from "./harness/index";

describe("a first preview", function () {
  this.timeout(patienceMs);
  let members: Members;
  let played: Awaited<ReturnType<typeof openClusterSet>>;

  before(async () => {
    members = await Members.start(2);
    await deployServe(members.api("member1"));
  });
  beforeEach(async () => {
    played = await openClusterSet(members);
  });
  afterEach(() => played?.close());
  after(() => members?.stop());

  async function preview(program: Program) {
    await played.program(program);
    members.take();
    const result = ok(await played.stack.preview());
    assert.deepEqual(
      Object.values(members.take()).flatMap(({ writes }) => writes),
      [],
    );
    return result;
  }

  it("names what an import will get from an export of the same program", async () => {
    const result = await preview({
      exports: { serve: { namespace: "default", cluster: "member1" } },
      imports: { importing: { namespace: "default", name: "serve", cluster: "member2" } },
    });
    const expected =
      /^member2: create Service derived-serve; create ServiceImport serve.*; slices \+1 ~0 −0, endpoints \+\d+ −0 \(once member1 exports default\/serve, as this program says\)$/;
    const lines = played.lines(result, "importing");
    assert.ok(
      lines.some((line) => expected.test(line)),
      result.stdout,
    );
  });

  it("says what a Service that is not there yet leaves open", async () => {
    const result = await preview({
      services: { later: { namespace: "default", exportFrom: ["member1"], importTo: ["member2"] } },
    });
    assert.ok(
      played
        .lines(result, "later")
        .includes(
          "member2: create Service derived-later; create ServiceImport later; slices and endpoints not known yet " +
            "(once Service default/later exists in member1)",
        ),
      result.stdout,
    );
  });

  it("says, of a cluster that the program makes, that nothing was looked at, and what the program knows", async () => {
    const result = await preview({
      clusters: { member1: {}, member2: { late: true } },
      services: { serve: { namespace: "default", exportFrom: ["member1"], importTo: "all" } },
    });
    const said = played.lines(result, "serve").join("\n");
    assert.match(
      said,
      /cluster "member2" cannot be reached before this program has made it, so no cluster was looked at: ServiceExport default\/serve in member1; ServiceImport default\/serve, its derived Service and EndpointSlices in every member; how many/,
    );
  });
});
