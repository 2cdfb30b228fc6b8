/** deploy/rbac is the rights table, and nothing else; MemberAccess takes its rules from it as it is. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { roleRights, ruleOf } from "../../common/member-roles";
import { manifests, withTable } from "../support/rbac";

const folder = path.join(__dirname, "../../deploy/rbac");
const again = "generate them anew: npx tsx tests/support/generate-rbac.ts";

interface Document {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly object[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[];
}

describe("shipped rights", () => {
  for (const { file, role, name } of manifests) {
    it(`${file} is what the rights table says, and is bound to the account`, () => {
      const documents = parseAllDocuments(readFileSync(path.join(folder, file), "utf8")).map(
        (one) => one.toJS() as Document,
      );
      const of = (kind: string) => documents.find((one) => one.kind === kind);
      assert.deepEqual(of("ClusterRole")?.rules, roleRights[role].map(ruleOf), again);
      assert.equal(of("ClusterRole")?.metadata.name, name);
      assert.deepEqual(of("ClusterRoleBinding")?.roleRef, {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name,
      });
      const account = { kind: "ServiceAccount", namespace: "pulumi-mcs", name: "pulumi-mcs" };
      assert.deepEqual(of("ClusterRoleBinding")?.subjects, [account]);
      const made = of("ServiceAccount");
      if (made) assert.deepEqual({ kind: made.kind, ...made.metadata }, account);
    });
  }

  it("are all there is in the folder", () => {
    assert.deepEqual(readdirSync(folder).sort(), manifests.map(({ file }) => file).sort());
  });

  it("are the table of docs/rights.md", () => {
    const page = readFileSync(path.join(__dirname, "../../docs/rights.md"), "utf8");
    assert.equal(withTable(page), page, again);
  });

  it("hold no verb or resource by a wildcard, and no Secret", () => {
    const text = JSON.stringify(Object.values(roleRights).map((rights) => rights.map(ruleOf)));
    assert.ok(!text.includes("*") && !text.includes("secrets") && !text.includes("escalate"));
  });
});
