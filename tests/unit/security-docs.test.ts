/** docs/security.md and docs/dependencies.md say what the code and package.json say. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import * as kube from "../../provider/kube/http/answer-limits";
import { WORDS_MAX } from "../../provider/kube/http/server-words";
import * as mcs from "../../provider/mcs/limits";
import { RESERVED_DOMAINS } from "../../provider/mcs/reserved-keys";
import { LINE_MAX, PAGE_MAX } from "../../provider/mcs/printable";
import { READING_MAX_BYTES, READING_MAX_VALUES } from "../../provider/reconcile/observe/reading-limits";

const root = path.join(__dirname, "../..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");

it("docs/security.md lists every limit with its value", () => {
  const rows = [...read("docs/security.md").matchAll(/^\| `([A-Z_]+)` *\| *(\d+) *\|/gm)];
  const told = Object.fromEntries(rows.map(([, name, value]) => [name, Number(value)]));
  assert.deepEqual(told, { ...kube, ...mcs, READING_MAX_BYTES, READING_MAX_VALUES, LINE_MAX, PAGE_MAX, WORDS_MAX });
});

it("docs/security.md lists every reserved domain, and who acts on its keys", () => {
  const rows = [...read("docs/security.md").matchAll(/^\| `([a-z0-9.-]+)` *\| *([^|]*?) *\|$/gm)];
  assert.deepEqual(Object.fromEntries(rows.map(([, domain, who]) => [domain, who])), RESERVED_DOMAINS);
});

it("docs/dependencies.md justifies every dependency, once in each table", () => {
  const manifest = JSON.parse(read("package.json")) as Record<string, Record<string, string> | undefined>;
  const tables = read("docs/dependencies.md")
    .split("\n## ")
    .slice(1)
    .map((section) => [...section.matchAll(/^\| `([^`]+)` *\| *\S.{2,} *\|$/gm)].map(([, name]) => name).sort());
  const wanted = ["dependencies", "peerDependencies", "devDependencies"].map((kind) =>
    Object.keys(manifest[kind] ?? {}).sort(),
  );
  assert.deepEqual(tables, wanted);
});
