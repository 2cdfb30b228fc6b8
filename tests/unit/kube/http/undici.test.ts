/** The files inside undici that provider/kube/http/undici.ts loads: there, what the package exports, and loaded without the rest of it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import * as undici from "undici";

const root = join(__dirname, "../../../..");

describe("the parts of undici", () => {
  it("are those that the whole package exports", () => {
    assert.equal(require("undici/lib/dispatcher/pool.js"), undici.Pool);
    assert.equal(require("undici/lib/api/api-request.js"), undici.Dispatcher.prototype.request);
  });

  it("are loaded without the rest", () => {
    const program = `
      const { openPool, send } = require("./provider/kube/http/undici.ts");
      const pool = openPool("http://127.0.0.1:1", {});
      send(pool, { method: "GET", path: "/" })
        .catch(({ code }) => console.log(code, Object.keys(require.cache).some((file) => /undici.(index|lib.(mock|cache|web))/.test(file))));
    `;
    const printed = execFileSync(process.execPath, ["--require", "tsx/cjs", "-e", program], {
      cwd: root,
      encoding: "utf8",
    });
    assert.equal(printed.trim(), "ECONNREFUSED false");
  });
});
