/**
 * Records what this release leaves behind, in state and in clusters, for the tests of every later one: `npm run record-state`, once a release.
 * A recording is never made again: what is out there was written by the release as it was.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { version } from "../../../package.json";
import { Members, ok, openClusterSet } from "../clusterset-stack";
import { folderOf } from "./recordings";
import { withoutMachine, withWords, wordsOf } from "./placeholders";
import { objectsNow, partial, program, workload } from "./scene";

async function record(): Promise<void> {
  const members = await Members.start(2);
  const played = await openClusterSet(members);
  const folder = folderOf(version);
  mkdirSync(folder, { recursive: true });
  const keep = async (name: string) => {
    const words = await wordsOf(members);
    const state = withWords(withoutMachine(await played.stack.exportState(true)), words);
    // Exports of one second have one time: an object's own word comes first.
    const own = (name: string) => new Map([...words].sort(([a], [b]) => rank(a, name) - rank(b, name)));
    const objects = (await objectsNow(members)).map((it) => withWords(it, own(it.object.metadata.name)));
    const text = JSON.stringify({ state, objects });
    writeFileSync(join(folder, `${name}.json`), await format(text, { parser: "json", printWidth: 120 }));
  };
  try {
    await workload(members);
    await played.program(program);
    ok(await played.stack.up());
    await keep("complete");
    await played.program(partial);
    const { ok: fine } = await played.stack.up();
    if (fine) throw new Error("the service without endpoints did not fail");
    await keep("partial");
  } finally {
    played.close();
    await members.stop();
  }
}

function rank(word: string, name: string): number {
  return word.endsWith(` ${name}}}`) ? 0 : 1;
}

async function main(): Promise<void> {
  if (existsSync(folderOf(version))) throw new Error(`${folderOf(version)} is there: a release is recorded once`);
  await record();
}

void main();
