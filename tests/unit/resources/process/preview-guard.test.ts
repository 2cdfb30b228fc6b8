/** A preview never writes, whatever was decided: refused at the member itself. */
import assert from "node:assert/strict";
import { handlers } from "../../../../provider/dynamic-provider";
import { guarded, inPreview } from "../../../../provider/resources/process/preview-guard";
import { useContext } from "../../../../provider/resources/process/context";
import { serve, stage } from "../stage";

const { MultiClusterService: service } = handlers;
const args = {
  resourceUrn: "urn:pulumi:dev::shop::mcs:index:MultiClusterService::serve",
  incarnation: "this set",
  namespace: "default",
  name: "serve",
  exportFrom: ["member1"],
  importTo: ["member2"],
};

describe("in a preview", () => {
  afterEach(() => useContext(undefined));
  const opened = () => {
    const at = stage();
    serve(at.members.member1!);
    at.restart({ wrap: guarded });
    return at;
  };

  it("even a create writes nothing, and says of each member that it was refused", async () => {
    const at = opened();
    const { inputs } = await service.check({}, args);
    await assert.rejects(
      inPreview(() => service.create(inputs)),
      /cluster "member1": create of ServiceExport serve was refused: this is a preview/,
    );
    assert.equal(at.writes(), 0);
  });

  it("a delete takes nothing", async () => {
    const at = opened();
    const { outs } = await service.create((await service.check({}, args)).inputs);
    at.restart({ wrap: guarded });
    const before = at.writes();
    await assert.rejects(
      inPreview(() => service.delete("default/serve", outs)),
      /was refused: this is a preview/,
    );
    assert.equal(at.writes(), before);
  });

  it("what is foretold of a create is what it then makes, but for the addresses that the cluster gives", async () => {
    const at = opened();
    const { inputs } = await service.check({}, args);
    const told = await inPreview(() => service.foretell(inputs));
    assert.equal(at.writes(), 0);
    const { outs } = await service.create(inputs);
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    const { member2 } = outs.imports as { readonly member2: object };
    assert.deepEqual(told, { ...outs, owner: unknown, imports: { member2: { ...member2, clusterIPs: unknown } } });
  });

  it("of an update the addresses of a Service that stays are known", async () => {
    const at = opened();
    const { inputs } = await service.check({}, args);
    const { outs } = await service.create(inputs);
    at.restart({ wrap: guarded });
    const news = (await service.check(inputs, { ...args, maxEndpointsPerSlice: 5 })).inputs;
    const told = await inPreview(() => service.foretell(news, outs));
    assert.deepEqual(told, (await service.update("default/serve", outs, news)).outs);
  });
});
