/** What is in the package: all that it names and leads to, and nothing of this repository's own. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";
import manifest from "../../package.json";
import { type Packed, packed, root } from "./packed";

const text = (file: string) => readFileSync(path.join(root, file), "utf8");

describe("the package", function () {
  this.timeout(60_000);
  let is: Packed;
  let has: (target: string) => boolean;

  before(async () => {
    is = await packed();
    // A link may lead to a folder, too.
    has = (target) => is.files.some((file) => file === target || file.startsWith(`${target.replace(/\/$/, "")}/`));
  });

  it("has every file that its manifest names", () => {
    const named = [
      manifest.main,
      manifest.types,
      ...Object.values(manifest.exports).flatMap((one) => Object.values(typeof one === "string" ? [one] : one)),
      ...Object.values(manifest.bin),
    ].map((file) => path.posix.normalize(file));
    assert.deepEqual(
      named.filter((file) => !is.files.includes(file)),
      [],
    );
    assert.match(text(manifest.bin["pulumi-mcs"]), /^#!\/usr\/bin\/env node\n/);
  });

  it("has every file and folder that a page of it links to, so that links work on npm and in node_modules", () => {
    const dead = is.files
      .filter((file) => file.endsWith(".md"))
      .flatMap((file) => linksOf(text(file)).map((link) => ({ file, link })))
      .filter(({ file, link }) => !has(path.posix.join(path.posix.dirname(file), link)))
      .map(({ file, link }) => `${file}: ${link}`);
    assert.deepEqual(dead, []);
  });

  it("has every file under node_modules/pulumi-mcs that a page tells to use", () => {
    const told = is.files
      .filter((file) => file.endsWith(".md"))
      .flatMap((file) =>
        [...text(file).matchAll(/node_modules\/pulumi-mcs\/([\w./-]+)/g)].map(([, target = ""]) => target),
      );
    assert.ok(told.length > 0);
    assert.deepEqual(
      told.filter((target) => !has(target)),
      [],
    );
  });

  it("has nothing but what is built, rights, pages and the licence", () => {
    const other = is.files.filter(
      (file) =>
        !/^(dist\/(common|provider|sdk)\/.*(\.js|\.d\.ts|\.LICENSE|\.LEGAL\.txt)|deploy\/(rbac|sync)\/([\w-]+\.(yaml|json)|Dockerfile)|docs\/.*\.(md|svg|schema\.json))$/.test(
          file,
        ),
    );
    assert.deepEqual(other, ["CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "package.json"]);
    assert.deepEqual(
      is.files.filter((file) => /(^|\/)\.|test/i.test(file)),
      [],
    );
  });

  it("has no file whose source is gone: dist is made anew by each build", () => {
    const left = is.files.filter((file) => {
      const source = /^dist\/(.*)\.js$/.exec(file)?.[1];
      return (
        source !== undefined &&
        !existsSync(path.join(root, `${source}.ts`)) &&
        !existsSync(path.join(root, `${source}.js`))
      );
    });
    assert.deepEqual(left, [], "npm run build");
  });

  it("leads to no source map", () => {
    const mapped = is.files.filter((file) => file.endsWith(".js") && text(file).includes("sourceMappingURL="));
    assert.deepEqual(mapped, []);
  });

  it("has the types that those of its entries lead to", () => {
    const reached = new Set(
      [manifest.types, manifest.exports["./provider"].types].map((file) => path.posix.normalize(file)),
    );
    for (const file of reached) {
      assert.ok(is.files.includes(file), file);
      for (const [, to = ""] of text(file).matchAll(/(?:from|import|import\() ?"(\.[^"]+)"/g))
        reached.add(`${path.posix.join(path.posix.dirname(file), to)}.d.ts`);
    }
    assert.ok(reached.size > 10, [...reached].join("\n"));
  });

  it("is small: an installation that grows by half should be noticed", () => {
    assert.ok(is.unpackedSize < 2 * 1024 * 1024, `${is.unpackedSize} bytes`);
  });

  it("says where its source is, where to report what is wrong, and which Node it needs", () => {
    const { repository, homepage, bugs, engines, license } = manifest;
    const address = repository.url.replace(/^git\+/, "").replace(/\.git$/, "");
    assert.equal(new URL(address).protocol, "https:");
    assert.deepEqual([homepage, bugs.url], [`${address}#readme`, `${address}/issues`], "one address, in one place");
    assert.equal(license, "Apache-2.0");
    const [, oldest = ""] = /^>=([\d.]+)$/.exec(engines.node) ?? [];
    assert.ok(text("README.md").includes(`Node ${oldest} or newer`), `README.md does not name Node ${oldest}`);
    assert.ok(text("dist/common/node-version.js").includes(oldest));
  });
});

/** Targets in the repository, without anchors; addresses of the web and links within the page are left out. */
function linksOf(page: string): readonly string[] {
  return [...page.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target.replace(/#.*$/, ""))
    .filter((target) => target !== "" && !/^[a-z]+:/.test(target));
}
