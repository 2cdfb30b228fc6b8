import assert from "node:assert/strict";
import { handlers } from "../../../../provider/dynamic-provider";
import { useContext } from "../../../../provider/resources/process/context";
import { customTimeout } from "../../../../provider/resources/process/custom-timeouts";
import { serve, stage } from "../stage";

const args = {
  __provider: "the door",
  resourceUrn: "urn:serve",
  namespace: "default",
  name: "serve",
  exportFrom: ["member1"],
  importTo: ["member2"],
};

describe("customTimeouts", () => {
  afterEach(() => useContext(undefined));

  for (const [text, seconds] of [
    ["30s", 30],
    ["5m", 300],
    ["1h30m", 5400],
    ["1.5h", 5400],
    ["250ms", 0.25],
    ["", undefined],
    ["5 m", undefined],
    ["soon", undefined],
    ["0s", undefined],
  ] as const) {
    it(`"${text}" is ${seconds} s`, () => {
      assert.equal(customTimeout({ customTimeouts: { create: text } }, "create"), seconds);
      assert.equal(customTimeout({ customTimeouts: { create: text } }, "delete"), undefined);
    });
  }

  it("end a create that takes longer, naming who took the time, and are kept for the delete", async () => {
    let hang = false;
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const at = stage({
      member: (id) => ({
        intercept: async ({ verb }) => (hang && id === "member2" && verb === "create" ? released : undefined),
      }),
    });
    serve(at.members.member1!);
    const customTimeouts = { create: "300ms", delete: "20m" };
    const { inputs, failures } = await handlers.MultiClusterService.check({}, { ...args, customTimeouts });
    assert.deepEqual(failures, []);
    hang = true;
    await assert.rejects(handlers.MultiClusterService.create(inputs), {
      message:
        /^MultiClusterService: create did not end within 0\.3 s: still waiting for cluster "member2" \(create Service /,
    });
    hang = false;
    release();
    await new Promise((resolve) => setTimeout(resolve, 100));
    at.restart();
    const { outs } = await handlers.MultiClusterService.create({ ...inputs, customTimeouts: { delete: "20m" } });
    assert.deepEqual(outs.customTimeouts, { delete: "20m" });
  });
});
