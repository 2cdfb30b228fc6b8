/** Between the protocol and the handlers: values, arguments, differences. */
import assert from "node:assert/strict";
import { PropertyDiff } from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { handlerArguments } from "../../../plugin/arguments";
import { driftDiffs, inputDiffs } from "../../../plugin/property-diffs";
import { propertiesOf, structOf } from "../../../plugin/wire";
import { UNKNOWN } from "../../../provider/resources/inputs/unknown";

const KEY = "4dabf18193072939515e22adb298388d";
const { Kind } = PropertyDiff;

describe("values of the protocol", () => {
  it("come without their marks: secrets in clear, outputs as their values, every unknown as one", () => {
    const struct = Struct.fromJavaScript({
      secret: {
        [KEY]: "1b47061264138c4ac30d75fd1eb44270",
        value: { deep: [{ [KEY]: "1b47061264138c4ac30d75fd1eb44270", value: 1 }] },
      },
      output: { [KEY]: "d0e6a833031e9bbcd3f4e8bde6ca49a4", value: "v" },
      later: { [KEY]: "d0e6a833031e9bbcd3f4e8bde6ca49a4" },
      number: "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
      list: ["6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", UNKNOWN, null],
    });
    assert.deepEqual(propertiesOf(struct), {
      secret: { deep: [1] },
      output: "v",
      later: UNKNOWN,
      number: UNKNOWN,
      list: [UNKNOWN, UNKNOWN, null],
    });
    assert.deepEqual(propertiesOf(undefined), {});
  });

  it("go without what is undefined, which the protocol refuses", () => {
    assert.deepEqual(structOf({ a: undefined, b: { c: undefined, d: [1] } }).toJavaScript(), { b: { d: [1] } });
  });
});

describe("arguments of other languages", () => {
  it("are those of the handlers: every member, members by labels, and no wait", () => {
    const given = { exportFrom: ["*"], importToLabels: { region: "eu" }, await: { enabled: false, endpoints: 3 } };
    assert.deepEqual(handlerArguments(given), {
      exportFrom: "all",
      importTo: { matchLabels: { region: "eu" } },
      await: false,
    });
    assert.deepEqual(handlerArguments({ from: ["a", "b"], await: { enabled: true, endpoints: 3 } }), {
      from: ["a", "b"],
      await: { endpoints: 3 },
    });
  });

  it("that say the same twice keep both, so that the check refuses one by name", () => {
    const given = { importTo: ["a"], importToLabels: { region: "eu" } };
    assert.deepEqual(handlerArguments(given), given);
  });
});

describe("differences", () => {
  it("are told path by path, and those that make the resource anew as such", () => {
    const olds = { importTo: ["a", "b"], exportedLabels: { team: "x", "example.org/a": "1" }, name: "serve" };
    const news = { importTo: ["a", "c", "d"], exportedLabels: { team: "y" }, name: "other", adopt: true };
    const found = { changes: true, changed: ["importTo", "exportedLabels", "name", "adopt"], replaces: ["name"] };
    assert.deepEqual(inputDiffs(olds, news, found), [
      ["importTo[1]", Kind.UPDATE],
      ["importTo[2]", Kind.ADD],
      ['exportedLabels["example.org/a"]', Kind.DELETE],
      ["exportedLabels.team", Kind.UPDATE],
      ["name", Kind.UPDATE_REPLACE],
      ["adopt", Kind.ADD],
    ]);
  });

  it("of the clusters are told at the outputs that show them", () => {
    const outputs = { imports: { member2: {} }, exports: { member1: {} } };
    assert.deepEqual(driftDiffs(outputs, { changes: true, drifted: ["member1", "member2", "member3"] }), [
      ['exports["member1"]', Kind.UPDATE],
      ['imports["member2"]', Kind.UPDATE],
      ["skipped", Kind.UPDATE],
    ]);
  });
});
