/** `npm run clusters`: clusters that outlive the command. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { runCommand } from "../parts/command";
import { isAlive } from "../parts/lock";
import { supervised } from "../controlplane/supervisor";
import { startWatchdog } from "../parts/watchdog";

describe("npm run clusters", function () {
  this.timeout(600_000);
  const folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-cli-"));
  const dir = path.join(folder, "clusters");
  const program = [process.execPath, "--require", require.resolve("tsx/cjs"), require.resolve("../controlplane/cli")];
  const run = (...args: string[]) => runCommand([...program, ...args, "--dir", dir]);

  // They outlive the command that made them, and would outlive a test process that is killed.
  const watchdog = startWatchdog();
  watchdog.folder(folder);

  after(async () => {
    await run("down");
    await watchdog.finish();
    rmSync(folder, { recursive: true, force: true });
  });

  it("starts them once, however often it is asked, and says how to reach them", async () => {
    const [one, two] = await Promise.all([run("up", "--members", "1"), run("up", "--members", "1")]);
    watchdog.process(supervised(dir)?.pid ?? assert.fail("no process holds them"));
    const kubeconfig = path.join(dir, "member1/kubeconfig");
    assert.match(one, /member1\s.*https:\/\/127\.0\.0\.1:\d+.*10\.11\.0\.0\/16.*10\.111\.0\.0\/16/);
    assert(one.includes(`export KUBECONFIG=${kubeconfig}`));
    assert.equal(two.split("\n").at(-2), one.split("\n").at(-2));
    assert.match(await run("up", "--members", "1"), /^already up \(process \d+\)/);
    assert(existsSync(kubeconfig));
    assert((await run("status")).includes(`export KUBECONFIG=${kubeconfig}`));
  });

  it("stops them and removes all that they wrote", async () => {
    const pid = supervised(dir)?.pid;
    assert(pid !== undefined);
    assert.match(await run("down"), /^stopped/);
    assert(!isAlive(pid));
    watchdog.ended(pid);
    assert(!existsSync(dir));
    assert.match(await run("status"), /^no clusters are up/);
    assert.match(await run("down"), /^no clusters are up/);
  });

  it("does not take over a folder that it did not make", async () => {
    mkdirSync(dir);
    await assert.rejects(run("up"), /exists and was not made by this command: give another --dir/);
    assert(existsSync(dir));
  });

  it("refuses a number of members that is none", async () => {
    await assert.rejects(run("up", "--members", "none"), /--members takes a whole number from 1, not none/);
  });

  it("passes on why they could not be started", async () => {
    rmSync(dir, { recursive: true, force: true });
    const env = { PATH: "", XDG_CACHE_HOME: path.join(folder, "cache"), PULUMI_MCS_OFFLINE: "1" };
    await assert.rejects(
      runCommand([...program, "up", "--dir", dir], { env }),
      /No Kubernetes control plane for the test clusters\..*Way out: put etcd/s,
    );
  });
});
