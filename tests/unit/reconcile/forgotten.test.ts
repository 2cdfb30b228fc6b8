import assert from "node:assert/strict";
import { decide } from "../../../provider/reconcile/decide/decide";
import { PORTS_MAX } from "../../../provider/mcs/limits";
import { KEY, OWNER, service, serviceExport, view } from "../../support/builders";
import { longPorts } from "../../support/many-exporters";

const intent = { key: KEY, owner: OWNER, exportFrom: [], importTo: ["m0"], adopt: false, derivedName: "derived-serve" };
const warned = (exporters: number, ports: (at: number) => ReturnType<typeof longPorts>) => {
  const views = Array.from({ length: exporters }, (_, at) =>
    view(`m${at}`, { export: serviceExport(at), service: service({ ports: ports(at) }) }),
  );
  return decide(views, intent, 0)
    .warnings.map(({ message }) => message)
    .filter((message) => message.includes("remembered"));
};

describe("what imports have no room to remember", () => {
  it("is told by name, with what it means in an outage and the way out", () => {
    const [first, ...others] = warned(30, (at) => longPorts(`p${at}`));
    assert.match(
      first ?? "",
      /^Service demo\/serve: the ports of m\d+, m\d+, m\d+ and \d+ more are not remembered on its imports, which have room for 81920 bytes .*: while such a cluster cannot be read, every port of the import stays as it is, .*; export fewer ports/,
    );
    assert.deepEqual(others, []);
  });

  it("is nothing where the exporters offer the same, or little", () => {
    assert.deepEqual(
      warned(30, () => longPorts("p", PORTS_MAX)),
      [],
    );
    assert.deepEqual(
      warned(30, (at) => longPorts(`p${at}`, 3)),
      [],
    );
  });
});
