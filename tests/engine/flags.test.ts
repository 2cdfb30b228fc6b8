/** Flags of the CLI by which people do a part of a program, or all of it more slowly or more stubbornly. */
import assert from "node:assert/strict";
import { marked, objectsOf } from "../support/objects";
import { deployServe } from "../support/workload";
import { Members, ok, openClusterSet } from "./clusterset-stack";
import { patienceMs } from "./harness/index";

const services = "/api/v1/namespaces/default/services";
const served = (name: string, more: object = {}) => ({
  [name]: { namespace: "default", exportFrom: ["member1"], importTo: ["member2"], ...more },
});
const labels = { exportedLabels: { team: "shop" } };

describe("flags of the CLI", function () {
  this.timeout(patienceMs);
  let members: Members;
  let played: Awaited<ReturnType<typeof openClusterSet>>;

  before(async () => {
    members = await Members.start(2);
    await deployServe(members.api("member1"));
    const spec = { selector: { app: "serve" }, ports: [{ port: 80, targetPort: 8080 }] };
    for (const name of ["one", "two", "three"])
      await members.api("member1")("POST", services, { metadata: { name }, spec });
    played = await openClusterSet(members, { skipPreview: true });
  });
  after(async () => {
    played?.close();
    await members?.stop();
  });

  const urnOf = async (name: string) => {
    const { deployment } = await played.stack.exportState();
    return deployment.resources?.find(({ urn }) => urn.endsWith(`::${name}`))?.urn ?? assert.fail(`no ${name}`);
  };
  /** Objects of ours by the service they belong to, with versions: equal means untouched. */
  const objectsFor = async (name: string) =>
    Object.fromEntries(
      Object.entries(await members.fingerprints()).map(([id, all]) => [
        id,
        Object.entries(all).filter(([object]) => object.includes(name)),
      ]),
    );
  const derivedServices = async () =>
    (await objectsOf(members.api("member2"), "Service"))
      .map(({ metadata }) => metadata.name)
      .filter((name) => name.startsWith("derived-"))
      .sort();

  it("--parallel 1 makes all of them, one after the other, and leaves nothing to do", async () => {
    await played.program({ services: { ...served("one"), ...served("two"), ...served("three") } });
    const up = ok(await played.stack.up({ parallel: 1 }));
    assert.equal(up.changes.create, 8);
    assert.deepEqual(await derivedServices(), ["derived-one", "derived-three", "derived-two"]);
    const again = ok(await played.stack.preview({ parallel: 1 }));
    assert.equal(again.changes.same, 8, again.stdout);
  });

  it("up --target changes that service alone", async () => {
    await played.program({ services: { ...served("one", labels), ...served("two", labels), ...served("three") } });
    const before = await objectsFor("two");
    const up = ok(await played.stack.up({ target: [await urnOf("one")] }));
    assert.equal(up.changes.update, 1, up.stdout);
    assert.deepEqual(await objectsFor("two"), before);
    const rest = ok(await played.stack.up());
    assert.equal(rest.changes.update, 1, rest.stdout);
    assert.notDeepEqual(await objectsFor("two"), before);
  });

  it("destroy --target takes away that service alone", async () => {
    const before = [await objectsFor("two"), await objectsFor("three")];
    const destroyed = ok(await played.stack.destroy({ target: [await urnOf("one")] }));
    assert.equal(destroyed.changes.delete, 1, destroyed.stdout);
    assert.deepEqual(await derivedServices(), ["derived-three", "derived-two"]);
    assert.deepEqual([await objectsFor("two"), await objectsFor("three")], before);
  });

  it("--continue-on-error goes on with the services that do not depend on the one that failed", async () => {
    await played.program({
      services: { ...served("nothing"), ...served("two"), ...served("three"), ...served("one") },
    });
    const up = await played.stack.up({ continueOnError: true, parallel: 1 });
    assert.equal(up.ok, false);
    assert.match(up.error ?? "", /cluster "member1": Service default\/nothing does not exist/);
    assert.deepEqual(await derivedServices(), ["derived-one", "derived-three", "derived-two"]);
    const destroyed = ok(await played.stack.destroy({ continueOnError: true }));
    assert.equal(destroyed.changes.create, 0);
    for (const id of members.ids) assert.deepEqual(await marked(members.api(id)), []);
  });

  it("--continue-on-error goes on with them also where check refuses that one: a foreign Service stays, and is named", async () => {
    const foreign = { metadata: { name: "derived-two" }, spec: { ports: [{ port: 80 }] } };
    await members.api("member2")("POST", services, foreign);
    await played.program({ services: { ...served("two"), ...served("one"), ...served("three") } });
    const text = /Service default\/derived-two was not made by pulumi-mcs; rename or delete it/;

    const strict = await played.stack.up({ skipPreview: false });
    assert.equal(strict.ok, false);
    assert.match(strict.error ?? "", text);
    assert.deepEqual(await derivedServices(), ["derived-two"], "the preview refused it");

    const up = await played.stack.up({ continueOnError: true, skipPreview: false, parallel: 1 });
    assert.equal(up.ok, false);
    assert.match(up.error ?? "", text);
    assert.deepEqual(await derivedServices(), ["derived-one", "derived-three", "derived-two"]);
    const exports = await objectsOf(members.api("member1"), "ServiceExport");
    assert.deepEqual(exports.map(({ metadata }) => metadata.name).sort(), ["one", "three"]);

    await members.api("member2")("DELETE", `${services}/derived-two`);
    ok(await played.stack.up());
    assert.deepEqual(await derivedServices(), ["derived-one", "derived-three", "derived-two"]);
    ok(await played.stack.destroy());
    for (const id of members.ids) assert.deepEqual(await marked(members.api(id)), []);
  });
});
