/** plugin/schema.json is what the types of the package and their comments give, and what generators of all languages can read. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { handlers } from "../../../provider/dynamic-provider";
import { SETTINGS } from "../../../provider/resources/inputs/settings";
import { serviceKinds } from "../../../provider/resources/service/service-kinds";
import { functions } from "../../../plugin/functions";
import { generateSchema } from "../../../scripts/generate-schema";
import { nativeType } from "../../../sdk/engine/native-type";
import { dynamicType, type DynamicKind } from "../../../sdk/engine/serialized-provider";

interface Resource {
  readonly inputProperties: Readonly<Record<string, object>>;
  readonly properties: Readonly<Record<string, object>>;
  readonly aliases?: readonly { readonly type: string }[];
}
interface Schema {
  readonly provider: Resource;
  readonly resources: Readonly<Record<string, Resource>>;
  readonly functions: Readonly<Record<string, object>>;
}

const text = readFileSync(path.join(__dirname, "../../../plugin/schema.json"), "utf8");
const schema = JSON.parse(text) as Schema;

describe("plugin/schema.json", () => {
  it("is current: npm run schema", () => {
    assert.deepEqual(schema, generateSchema());
  });

  it("has no union, which generators of other languages stumble over, and a description for every argument", () => {
    assert.doesNotMatch(text, /"oneOf"/);
    const bare = Object.entries({ ...schema.resources, provider: schema.provider }).flatMap(([token, it]) =>
      Object.entries(it.inputProperties)
        .filter(([, property]) => !("description" in property) || property.description === "")
        .map(([name]) => `${token}.${name}`),
    );
    assert.deepEqual(bare, []);
  });

  it("has every kind of resource, each with its type of the dynamic provider as an alias, and the provider its own", () => {
    const kinds = Object.keys(handlers) as DynamicKind[];
    assert.deepEqual(Object.keys(schema.resources).sort(), kinds.map(nativeType).sort());
    for (const kind of kinds)
      assert.deepEqual(schema.resources[nativeType(kind)]!.aliases, [{ type: dynamicType(kind) }]);
    assert.deepEqual(schema.provider.aliases, [{ type: "pulumi:providers:pulumi-nodejs" }]);
  });

  it("takes for each kind just what its handlers take, and shows what they show", () => {
    for (const [kind, { fields, shown }] of Object.entries(serviceKinds)) {
      const { inputProperties, properties } = schema.resources[`mcs:index:${kind}`]!;
      const byLabels = ["exportFromLabels", "importToLabels", "fromLabels"];
      assert.deepEqual(
        Object.keys(inputProperties)
          .filter((name) => !byLabels.includes(name))
          .sort(),
        Object.keys(fields).sort(),
      );
      assert.deepEqual(
        shown.filter((name) => !(name in properties)),
        [],
      );
    }
    const settings = Object.keys(SETTINGS).map((name) => (name === "name" ? "clusterSetName" : name));
    assert.deepEqual(Object.keys(schema.provider.inputProperties).sort(), ["clusters", ...settings].sort());
  });

  it("has every function that the plugin answers, and none besides", () => {
    assert.deepEqual(Object.keys(schema.functions).sort(), Object.keys(functions).sort());
  });
});
