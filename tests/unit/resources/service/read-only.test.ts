import assert from "node:assert/strict";
import { handlers } from "../../../../provider/dynamic-provider";
import { useContext } from "../../../../provider/resources/process/context";
import type { Properties } from "../../../../provider/resources/inputs/properties";
import { UNKNOWN } from "../../../../provider/resources/inputs/unknown";
import { serve, stage, type Stage } from "../stage";

const { MultiClusterService: service, ServiceExport: exporter, ServiceImport: importer } = handlers;

/** What the SDK sends along with every resource, and the arguments that all three kinds have. */
const args = { __provider: "the door", resourceUrn: "urn:of:the:reader", namespace: "default", name: "serve" };

describe("a resource that is only read ({ id })", () => {
  let at: Stage;
  let created: Properties;

  beforeEach(async () => {
    at = stage({ ids: ["member1", "member2", "member3"] });
    serve(at.members.member1!, ["10.0.0.5", "10.0.0.6"]);
    const owned = { ...args, resourceUrn: "urn:of:the:maker", exportFrom: ["member1"], importTo: ["member2"] };
    const { inputs } = await service.check({}, { ...owned, derivedName: "far-serve" });
    created = (await service.create(inputs)).outs;
  });
  afterEach(() => useContext(undefined));

  /** As the engine: the program's raw inputs are the state. */
  async function read(kind: typeof service, id: string, state: Properties) {
    at.restart();
    const writes = at.writes();
    const result = await kind.read(id, { ...args, ...state });
    assert.equal(at.writes(), writes);
    return result;
  }

  for (const [what, selectors] of [
    ["names", { exportFrom: ["member1"], importTo: ["member2"] }],
    ['"all"', { exportFrom: "all", importTo: "all" }],
  ] as const) {
    it(`by ${what}: says what is there, as the resource that made it does`, async () => {
      const { id, props } = await read(service, "default/serve", selectors);
      assert.equal(id, "default/serve");
      for (const output of ["exports", "imports", "conflicts", "skipped"]) {
        assert.deepEqual(props[output], created[output], output);
      }
      assert.equal(props.owner, undefined);
    });
  }

  it("by labels: resolved as check resolves them", async () => {
    await assert.rejects(
      read(service, "default/serve", { exportFrom: "all", importTo: { matchLabels: { a: "b" } } }),
      /^pulumi-mcs: importTo matchLabels a=b matches no member/,
    );
  });

  it("one member's export and import, without a name for the derived Service", async () => {
    const exported = await read(exporter, "default/serve@member1", { cluster: "member1" });
    assert.deepEqual([exported.props.valid, exported.props.ready], [true, true]);
    const imported = await read(importer, "default/serve@member2", { cluster: "member2" });
    const { member2 } = created.imports as Record<string, Properties>;
    for (const [output, value] of Object.entries(member2!)) assert.deepEqual(imported.props[output], value, output);
  });

  it("repairs nothing of what it shows, in any pass", async () => {
    for (const id of ["member2", "member3"]) serve(at.members[id]!);
    at.members.member2!.drop("Service", { namespace: "default", name: "far-serve" });
    for (const pass of ["real", "preview", "unproved", "removal"] as const) {
      at.restart({ pass });
      const writes = at.writes();
      await service.read("default/serve", { ...args, exportFrom: "all", importTo: "all" });
      assert.equal(at.writes(), writes, pass);
    }
    assert.deepEqual(at.warnings(), []);
  });

  it("is read again by what it answered, and never a change", async () => {
    const state = { exportFrom: "all", importTo: "all" };
    const first = await read(service, "default/serve", state);
    const again = await read(service, "default/serve", first.props);
    assert.deepEqual(again.props, first.props);
    assert.deepEqual(await service.diff("default/serve", again.props, { ...args, ...state }), { changes: false });
  });

  it("that is not there has no id, which is what the engine calls absent", async () => {
    for (const [kind, id, state] of [
      [importer, "default/serve@member3", { cluster: "member3" }],
      [exporter, "default/serve@member2", { cluster: "member2" }],
      [service, "default/other", { name: "other", exportFrom: "all", importTo: "all" }],
    ] as const) {
      assert.equal((await read(kind, id, state)).id, "");
    }
  });

  it("that may be in a member which cannot be read is not called absent", async () => {
    at.silence("member3");
    await assert.rejects(
      read(importer, "default/serve@member3", { cluster: "member3" }),
      /cluster "member3": no answer/,
    );
  });

  it("whose id is not that of its arguments is refused by both", async () => {
    await assert.rejects(
      read(importer, "default/serve", { cluster: "member2" }),
      /"default\/serve" is not the id of what the arguments describe, which is "default\/serve@member2"/,
    );
  });

  it("whose arguments a preview does not know yet is not looked for", async () => {
    const { id, props } = await read(importer, "default/serve@member2", { cluster: UNKNOWN });
    assert.deepEqual([id, "cluster" in props, props.name], ["default/serve@member2", false, "serve"]);
  });
});
