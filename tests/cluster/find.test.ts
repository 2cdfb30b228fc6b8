/** How the control plane's binaries are found, downloaded and built, with a local server and a builder that only pretends. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { allComponents } from "../controlplane/binaries";
import { runCommand } from "../parts/command";
import { findControlPlane } from "../controlplane/find";
import { versions } from "../controlplane/versions";

describe("finding the control plane", function () {
  this.timeout(60_000);
  let folder: string;
  let bin: string;
  let env: NodeJS.ProcessEnv;

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-find-"));
    bin = path.join(folder, "bin");
    mkdirSync(bin);
    env = { PATH: bin, XDG_CACHE_HOME: path.join(folder, "cache") };
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function script(file: string, text = "exit 0"): void {
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
  }
  const cached = () => {
    const cache = path.join(folder, "cache/pulumi-mcs/controlplane");
    return existsSync(cache) ? readdirSync(cache) : [];
  };

  it("takes KUBEBUILDER_ASSETS, completed from PATH, before anything slow", async () => {
    const assets = path.join(folder, "assets");
    mkdirSync(assets);
    for (const part of ["etcd", "kube-apiserver"]) script(path.join(assets, part));
    script(path.join(bin, "kube-controller-manager"));
    const found = await findControlPlane({
      env: { ...env, KUBEBUILDER_ASSETS: assets, PULUMI_MCS_OFFLINE: "1" },
    });
    assert.deepEqual(found.command("etcd"), [path.join(assets, "etcd")]);
    assert.deepEqual(found.command("kube-controller-manager"), [path.join(bin, "kube-controller-manager")]);
    assert.equal(found.command("kube-proxy"), undefined);
  });

  it("says every way that it tried, and what to install", async () => {
    await assert.rejects(findControlPlane({ env: { ...env, PULUMI_MCS_OFFLINE: "1" } }), (error: Error) => {
      assert.match(error.message, /download the official releases: PULUMI_MCS_OFFLINE=1 is set/);
      assert.match(error.message, /build it with Go: there is no `go` on PATH/);
      assert.match(error.message, /Way out: put etcd, kube-apiserver, kube-controller-manager on PATH/);
      return true;
    });
    assert.deepEqual(cached(), []);
  });

  describe("by building", () => {
    const builds = () => readFileSync(path.join(folder, "builds"), "utf8").trim().split("\n").length;
    const fakeGo = (end: string) =>
      script(
        path.join(bin, "go"),
        `[ "$1" = build ] || exit 0
         echo built >> ${folder}/builds
         while [ "$1" != -o ]; do shift; done
         /bin/sleep 1
         echo '#!/bin/sh' > "$2"; /bin/chmod 755 "$2"
         ${end}`,
      );
    const find = () =>
      runCommand(
        [
          process.execPath,
          ...["--require", require.resolve("tsx/cjs"), "-e"],
          `require(${JSON.stringify(require.resolve("../controlplane/find"))}).findControlPlane().then(
             (found) => console.log(found.command("etcd").join(" ")))`,
        ],
        { env: { ...env, PULUMI_MCS_OFFLINE: "1" } },
      );

    it("builds once for two processes that ask at once", async () => {
      fakeGo("exit 0");
      const [one, two] = await Promise.all([find(), find()]);
      assert.match(one, /\/controlplane etcd$/m);
      assert.equal(two, one);
      assert.equal(builds(), 1);
      assert.equal(cached().length, 1, "no lock and no temporary folder is left");
    });

    it("is not held up by the lock and the half-made folder of a run that died", async () => {
      fakeGo("exit 0");
      const child = spawn("/bin/true");
      await new Promise((resolve) => child.once("exit", resolve));
      await find();
      const [key = ""] = cached();
      const cache = path.join(folder, "cache/pulumi-mcs/controlplane");
      rmSync(path.join(cache, key), { recursive: true });
      mkdirSync(path.join(cache, `${key}.${child.pid}.tmp`));
      writeFileSync(path.join(cache, `${key}.lock`), JSON.stringify({ pid: child.pid, host: os.hostname() }));
      await find();
      assert.equal(builds(), 2);
      assert.deepEqual(cached(), [key]);
    });

    it("puts nothing into the cache when the build fails, and says why", async () => {
      fakeGo('echo "main.go:1: it does not compile" >&2; exit 1');
      await assert.rejects(
        findControlPlane({ env: { ...env, PULUMI_MCS_OFFLINE: "1" } }),
        /go build ended with code 1\nmain\.go:1: it does not compile/,
      );
      assert.deepEqual(cached(), []);
    });
  });

  describe("by download", () => {
    let server: Server;
    let files: Map<string, Buffer>;

    beforeEach(async function () {
      if (process.platform !== "linux") return this.skip();
      files = await release(folder);
      server = createServer((request, response) => {
        const body = files.get(request.url ?? "");
        response.writeHead(body === undefined ? 404 : 200).end(body);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      env = { ...env, PULUMI_MCS_KUBERNETES_URL: `${url}/k8s`, PULUMI_MCS_ETCD_URL: `${url}/etcd` };
    });
    afterEach(() => server.close());

    it("keeps what matches its checksum", async () => {
      const found = await findControlPlane({ env });
      for (const part of allComponents) {
        const [file = ""] = found.command(part) ?? [];
        assert.equal(await runCommand([file]), `${part}\n`);
      }
    });

    it("uses nothing of a release with one wrong checksum, and says which", async () => {
      const [name = ""] = [...files.keys()].filter((file) => file.endsWith("/kube-apiserver"));
      files.set(name, Buffer.from("something else"));
      await assert.rejects(findControlPlane({ env }), (error: Error) => {
        assert.match(error.message, /kube-apiserver has SHA-256 [0-9a-f]{64}, but its publisher states [0-9a-f]{64}/);
        return true;
      });
      assert.deepEqual(cached(), []);
    });

    it("says so when the publisher has no such release", async () => {
      files.clear();
      await assert.rejects(findControlPlane({ env }), /SHA256SUMS answered 404/);
    });
  });
});

/** A release as its publishers lay it out: each binary prints its own name. */
async function release(folder: string): Promise<Map<string, Buffer>> {
  const { kubernetes, etcd } = versions();
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const sum = (content: Buffer) => createHash("sha256").update(content).digest("hex");
  const text = (part: string) => Buffer.from(`#!/bin/sh\necho ${part}\n`);
  const files = new Map<string, Buffer>();
  for (const part of allComponents.filter((name) => name !== "etcd")) {
    const at = `/k8s/${kubernetes}/bin/linux/${arch}/${part}`;
    files.set(at, text(part)).set(`${at}.sha256`, Buffer.from(sum(text(part))));
  }
  const name = `etcd-${etcd}-linux-${arch}`;
  mkdirSync(path.join(folder, name));
  writeFileSync(path.join(folder, name, "etcd"), text("etcd"));
  await runCommand(["tar", "-czf", path.join(folder, "etcd.tar.gz"), "-C", folder, name]);
  const archive = readFileSync(path.join(folder, "etcd.tar.gz"));
  files.set(`/etcd/${etcd}/${name}.tar.gz`, archive);
  const lines = [`${"0".repeat(64)}  etcd-${etcd}-darwin-${arch}.zip`, `${sum(archive)}  ${name}.tar.gz`];
  return files.set(`/etcd/${etcd}/SHA256SUMS`, Buffer.from(lines.join("\n")));
}
