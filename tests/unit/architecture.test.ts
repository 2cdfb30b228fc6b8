/** docs/architecture.md tells the house as it stands, and no room has become a hall. */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import * as path from "node:path";

const root = path.join(__dirname, "../..");
const page = readFileSync(path.join(root, "docs/architecture.md"), "utf8");
const sources = globSync("{common,provider,sdk,plugin}/**/*.ts", { cwd: root });

/** Rows of the table under a heading, each its first cell. */
function rowsOf(heading: string): readonly string[] {
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const table = section
    .split("\n## ")[0]!
    .split("\n")
    .filter((line) => line.startsWith("| "));
  return table.slice(2).map((line) => line.split("|")[1]!.trim());
}

describe("docs/architecture.md", () => {
  it("names every room, and none that is not there", () => {
    const named = rowsOf("Rooms").flatMap((cell) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text!.replace("…", "provider/resources").replace(/\/$/, "")),
    );
    for (const room of named) assert.ok(existsSync(path.join(root, room)), room);
    const rooms = new Set(sources.map((file) => path.dirname(file)));
    const isNamed = (room: string) =>
      named.some((it) => room === it || (it === "provider/kube" && room.startsWith(it)));
    assert.deepEqual([...rooms].filter((room) => !isNamed(room)).sort(), ["provider", "sdk"]);
  });

  it("has ten words of our own at most", () => {
    const words = rowsOf("Words of our own");
    assert.ok(words.length > 0 && words.length <= 10, String(words));
  });
});

describe("a room", () => {
  it("has no more than sixteen files", () => {
    const halls = [...Map.groupBy(sources, (file) => path.dirname(file))].filter(([, files]) => files.length > 16);
    assert.deepEqual(
      halls.map(([room, files]) => `${room}: ${files.length}`),
      [],
    );
  });

  it("has no file of more than three hundred lines", () => {
    const lines = (file: string) => readFileSync(path.join(root, file), "utf8").split("\n").length;
    assert.deepEqual(
      sources.filter((file) => lines(file) > 300),
      [],
    );
  });
});
