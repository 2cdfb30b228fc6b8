import assert from "node:assert/strict";
import { ANNOTATION, isOurs, LABEL, ownerOf } from "../../../provider/mcs/marks";
import { isReservedKey } from "../../../provider/mcs/reserved-keys";
import { OWNER, ownExport, serviceExport } from "../../support/builders";

describe("our mark", () => {
  it("tells what we made from what others made", () => {
    assert.equal(isOurs(ownExport()), true);
    assert.equal(isOurs(serviceExport()), false);
    assert.equal(isOurs(undefined), false);
  });

  it("an owner tells as well: whoever takes the label off does not make it somebody else's", () => {
    const unmarked = serviceExport(0, {}, { annotations: { [ANNOTATION.owner]: OWNER } });
    assert.equal(ownerOf(ownExport()), OWNER);
    assert.equal(ownerOf(unmarked), OWNER);
    assert.equal(isOurs(unmarked), true);
    assert.equal(ownerOf(serviceExport()), undefined);
  });

  it("all our keys, and those that steer Kubernetes' controllers, are not for exporters to set", () => {
    for (const key of [...Object.values(LABEL), ...Object.values(ANNOTATION)])
      assert.equal(isReservedKey(key), true, key);
    for (const key of ["app", "example.org/app", "app.kubernetes.io/name"])
      assert.equal(isReservedKey(key), false, key);
  });
});
