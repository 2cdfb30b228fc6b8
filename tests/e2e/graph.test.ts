/** The pictures of `pulumi-mcs graph`, looked at in a real browser that is told by nobody what they should be. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "puppeteer-core";
import { htmlPage } from "../../provider/cli/graph/html-page";
import { mermaidText } from "../../provider/cli/graph/mermaid-text";
import { svgPicture } from "../../provider/cli/graph/svg-picture";
import type { Overview } from "../../provider/reconcile/overview/overview";
import { type RunningBrowser, startBrowser } from "../support/browser";
import { hostile, HOSTILE, troubled } from "../support/seen";
import { skipBecause } from "../support/skip";

describe("a picture of the clusterset, in a browser", function () {
  this.timeout(300_000);
  const folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-graph-"));
  let running: RunningBrowser | undefined;
  let read: Overview;
  let page: Page;
  /** What the page asked for, what it complained of, and what its scripts did. */
  let asked: string[];
  let complaints: string[];

  before(async function () {
    this.timeout(600_000);
    read = await troubled();
    running = await startBrowser().catch((error: unknown) =>
      skipBecause(this, `needs a browser: ${String(error instanceof Error ? error.message : error).split("\n")[0]}`),
    );
  });
  beforeEach(async () => {
    asked = [];
    complaints = [];
    page = await (running ?? assert.fail("no browser")).browser.newPage();
    page.on("request", (request) => void asked.push(request.url()));
    page.on("console", (message) => void (message.type() === "error" && complaints.push(message.text())));
    page.on("pageerror", (error) => void complaints.push(String(error)));
    page.on("dialog", (dialog) => {
      complaints.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
  });
  afterEach(() => page.close());
  after(async function () {
    this.timeout(60_000);
    await running?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(name: string, content: string): Promise<void> {
    const file = path.join(folder, name);
    writeFileSync(file, content);
    await page.goto(pathToFileURL(file).href);
  }
  /** Visible rows of the table. */
  const rows = () =>
    page.$$eval("tbody tr", (all) => all.filter((row) => row.checkVisibility()).map((row) => row.textContent));

  for (const width of [1280, 400]) {
    it(`shows all of the page at a width of ${width}, and asks for nothing but the file itself`, async () => {
      await page.setViewport({ width, height: 900 });
      await open("page.html", htmlPage(read));
      assert.deepEqual(complaints, []);
      assert.deepEqual(asked, [page.url()]);
      assert.match(await page.$eval("p", (p) => p.textContent), /^Not all is well: 1 services, 4 members/);
      assert.equal((await rows()).length, 4);
      const seen = (await page.evaluate("[document.querySelector('figure').clientWidth, innerWidth]")) as number[];
      assert.ok(seen[0]! > 0 && seen[0]! <= seen[1]!, `the picture scrolls in a frame of its own: ${seen.join()}`);
    });
  }

  it("draws every text within the picture, and none over another", async () => {
    await open("picture.svg", svgPicture(read));
    assert.deepEqual(complaints, []);
    const boxes = await page.$$eval("text", (all) =>
      all.map((one) => {
        const { x, y, width, height } = (one as unknown as { getBBox(): Box }).getBBox();
        return { says: one.textContent, x, y, width, height };
      }),
    );
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svgPicture(read))!.map(Number);
    assert.ok(boxes.length > 8 && boxes.every((box) => box.width > 0), "the browser has set the texts");
    for (const box of boxes) {
      assert.ok(
        box.x >= 0 && box.y >= 0 && box.x + box.width <= width! && box.y + box.height <= height!,
        JSON.stringify(box),
      );
    }
    const meet = (a: (typeof boxes)[number], b: (typeof boxes)[number]) =>
      a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
    const met = boxes.flatMap((a, at) =>
      boxes.slice(at + 1).flatMap((b) => (meet(a, b) ? [`${a.says} / ${b.says}`] : [])),
    );
    assert.deepEqual(met, []);
  });

  it("filters the table as a person types", async () => {
    await open("page.html", htmlPage(read));
    await page.type("#filter", "MEMBER2");
    assert.deepEqual(
      (await rows()).map((row) => row.includes("member2")),
      [true],
    );
  });

  it("runs nothing and breaks nowhere, whatever a cluster says", async () => {
    await open("hostile.html", htmlPage(hostile(read)));
    assert.deepEqual([complaints, asked], [[], [page.url()]]);
    assert.equal(await page.$$eval("script", (all) => all.length), 1, "the page's own");
    const said = await page.$eval("tbody td", (cell) => cell.textContent);
    assert.equal(said, `demo/${HOSTILE.replace(/[\u001b\u202e]/g, " ")}`);
    await open("hostile.svg", svgPicture(hostile(read)));
    assert.deepEqual(complaints, []);
    assert.ok((await page.$$eval("text", (all) => all.length)) > 8);
  });

  it("is Mermaid that Mermaid draws, with the texts that it was given, hostile or not", async () => {
    const library = readFileSync(
      path.join(path.dirname(require.resolve("mermaid/package.json")), "dist/mermaid.min.js"),
      "utf8",
    );
    await open("empty.html", "<!doctype html><meta charset=utf-8><title>mermaid</title>");
    await page.addScriptTag({ content: library });
    const drawn = async (source: string) => {
      await page.evaluate(`
        mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });
        mermaid.render("picture", ${JSON.stringify(source)}).then(({ svg }) => void (document.body.innerHTML = svg))`);
      const nodes = await page.$$eval(".node", (all) => all.map((node) => node.textContent.trim()));
      return { nodes, edges: await page.$$eval("path.flowchart-link", (all) => all.length) };
    };
    const { nodes, edges } = await drawn(mermaidText(read));
    assert.deepEqual(nodes.sort(), ["demo/serve", "member1", "member1", "member2", "member3", "member3", "member4: ?"]);
    assert.equal(edges, 5);
    const bad = await drawn(mermaidText(hostile(read)));
    assert.deepEqual([bad.nodes.length, bad.edges], [nodes.length, edges]);
    assert.ok(
      bad.nodes.some((text) => text.includes('<script>alert("1")</script>')),
      bad.nodes.join(),
    );
    assert.deepEqual(complaints, []);
  });
});

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
