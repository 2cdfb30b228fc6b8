import assert from "node:assert/strict";
import { requireNode } from "../../../common/node-version";

describe("the Node version check", () => {
  for (const version of ["20.20.2", "22.18.9", "18.0.0"]) {
    it(`refuses Node ${version}`, () => {
      assert.throws(() => requireNode(version), {
        message: new RegExp(
          `^pulumi-mcs needs Node 22\\.19 or newer; this is Node ${version.replaceAll(".", "\\.")}\\. `,
        ),
      });
    });
  }
  for (const version of ["22.19.0", "22.20.1", "24.0.0", "26.1.0-nightly"]) {
    it(`accepts Node ${version}`, () => assert.doesNotThrow(() => requireNode(version)));
  }
});
