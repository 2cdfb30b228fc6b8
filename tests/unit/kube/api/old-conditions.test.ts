import assert from "node:assert/strict";
import type { KubeObject } from "../../../../provider/mcs/api";
import { hasShape } from "../../../../provider/kube/api/object-shapes";
import { withWholeConditions } from "../../../../provider/kube/api/old-conditions";

const metadata = { name: "serve", namespace: "default", uid: "u", resourceVersion: "1" };
const said = (conditions: readonly object[]): KubeObject => ({ metadata, status: { conditions } }) as KubeObject;

describe("conditions of release v0.1.0", () => {
  it("are read with a type and a status alone, and say nothing then", () => {
    const old = said([{ type: "Valid", status: "True", message: null }]);
    assert.ok(hasShape("ServiceExport", old));
    assert.deepEqual(
      withWholeConditions(old),
      said([{ type: "Valid", status: "True", reason: "", message: "", lastTransitionTime: "" }]),
    );
    assert.ok(!hasShape("ServiceExport", said([{ type: "Valid" }])));
  });

  it("that are whole, or none, are as they came", () => {
    const whole = said([{ type: "V", status: "True", reason: "R", message: "", lastTransitionTime: "t" }]);
    assert.equal(withWholeConditions(whole), whole);
    const none: KubeObject = { metadata };
    assert.equal(withWholeConditions(none), none);
  });
});
