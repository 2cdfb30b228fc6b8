/** The files inside undici that provider/kube/http/undici.ts loads: there, what the package exports, and loaded without the rest of it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as undici from "undici";
import { version as undiciVersion } from "undici/package.json";

const root = join(__dirname, "../../../..");

describe("the parts of undici", () => {
  it("are those that the whole package exports", () => {
    assert.equal(require("undici/lib/dispatcher/pool.js"), undici.Pool);
    assert.equal(require("undici/lib/api/api-request.js"), undici.Dispatcher.prototype.request);
  });

  it("are of one version, since another may have them elsewhere", () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    assert.equal(dependencies["undici"], undiciVersion);
  });

  /** What a refused request says, and whether the whole package was loaded for it. */
  function asked(before = ""): string {
    const program = `${before}
      const { openPool, send } = require("./provider/kube/http/undici.ts");
      const pool = openPool("http://127.0.0.1:1", {});
      send(pool, { method: "GET", path: "/" })
        .catch(({ code }) => console.log(code, Object.keys(require.cache).some((file) => /undici.(index|lib.(mock|cache|web))/.test(file))));
    `;
    return execFileSync(process.execPath, ["--require", "tsx/cjs", "-e", program], {
      cwd: root,
      encoding: "utf8",
    }).trim();
  }

  it("are loaded without the rest", () => assert.equal(asked(), "ECONNREFUSED false"));

  for (const code of ["MODULE_NOT_FOUND", "ERR_PACKAGE_PATH_NOT_EXPORTED"]) {
    it(`are taken from the whole where a project overrides the version with one that has no such files: ${code}`, () => {
      const gone = `
        const Module = require("node:module");
        const { _load } = Module;
        Module._load = (request, ...rest) => {
          if (/^undici.lib/.test(request)) throw Object.assign(new Error(request), { code: "${code}" });
          return _load(request, ...rest);
        };`;
      assert.equal(asked(gone), "ECONNREFUSED true");
    });
  }
});
