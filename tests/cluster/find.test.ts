/** How the parts of the test bench are found, downloaded and built, with a local server and a builder that only pretends. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { allComponents } from "../controlplane/binaries";
import { findControlPlane } from "../controlplane/find";
import { findCoreDns, pinnedCoreDns } from "../coredns/find";
import { runCommand } from "../parts/command";
import { pinnedVersion } from "../pulumi/cli";
import { findPulumi } from "../pulumi/find";
import { emptyMachine, type Machine } from "../support/empty-machine";
import { coreDnsRelease, kubernetesRelease, pulumiRelease, type Release } from "../support/releases";

interface Part {
  readonly name: string;
  /** In the cache. */
  readonly folder: string;
  readonly release: (folder: string) => Promise<Release>;
  /** The file of the release that is spoilt. */
  readonly spoilt: string;
  readonly sums: RegExp;
  readonly find: (env: NodeJS.ProcessEnv) => Promise<unknown>;
  /** What the built one answers when it is asked for its version. Default: one that nobody minds. */
  readonly answers?: string;
  /** What a program of its own prints of the found, in JavaScript. */
  readonly elsewhere: string;
  readonly wayOut: RegExp;
  /** That what is found of the release is it. */
  readonly runs: (env: NodeJS.ProcessEnv) => Promise<void>;
}

const parts: readonly Part[] = [
  {
    name: "the control plane",
    folder: "controlplane",
    release: kubernetesRelease,
    spoilt: "kube-apiserver",
    sums: /SHA256SUMS answered 404/,
    find: (env) => findControlPlane({ env }),
    elsewhere: `require(${JSON.stringify(require.resolve("../controlplane/find"))}).findControlPlane().then((found) => found.command("etcd").join(" "))`,
    wayOut: /Way out: put etcd, kube-apiserver, kube-controller-manager on PATH/,
    runs: async (env) => {
      const found = await findControlPlane({ env });
      for (const component of allComponents) {
        const [file = ""] = found.command(component) ?? [];
        assert.equal(await runCommand([file]), `${component}\n`);
      }
    },
  },
  {
    name: "the Pulumi CLI",
    folder: "pulumi-cli",
    release: (folder) => pulumiRelease(folder, pinnedVersion()),
    spoilt: ".tar.gz",
    sums: /checksums\.txt answered 404/,
    find: (env) => findPulumi({ env }),
    elsewhere: `require(${JSON.stringify(require.resolve("../pulumi/find"))}).findPulumi().then((found) => found.path)`,
    wayOut: /Way out: put pulumi on PATH/,
    runs: async (env) => {
      const found = await findPulumi({ env });
      assert.equal(found.version, pinnedVersion());
      const host = path.join(path.dirname(found.path), "pulumi-language-nodejs");
      assert.equal(await runCommand([host]), "pulumi-language-nodejs\n", "the official one, not ours");
    },
  },
  {
    name: "CoreDNS",
    folder: "coredns",
    release: (folder) => coreDnsRelease(folder, pinnedCoreDns()),
    spoilt: ".tgz",
    sums: /\.tgz\.sha256 answered 404/,
    answers: `CoreDNS-${pinnedCoreDns()}`,
    find: (env) => findCoreDns({ env }),
    elsewhere: `require(${JSON.stringify(require.resolve("../coredns/find"))}).findCoreDns().then((found) => found.path)`,
    wayOut: /Way out: put coredns \S+ on PATH/,
    runs: async (env) => {
      const found = await findCoreDns({ env });
      assert.equal(found.version, pinnedCoreDns());
    },
  },
];

for (const part of parts) {
  describe(`finding ${part.name}`, function () {
    this.timeout(60_000);
    let machine: Machine;
    let env: NodeJS.ProcessEnv;

    beforeEach(() => {
      machine = emptyMachine();
      env = machine.env;
    });
    afterEach(() => machine.remove());

    const cache = () => path.join(machine.folder, "cache/pulumi-mcs", part.folder);
    const cached = () => (existsSync(cache()) ? readdirSync(cache()) : []);

    it("says every way that it tried, and what to install", async () => {
      await assert.rejects(part.find({ ...env, PULUMI_MCS_OFFLINE: "1" }), (error: Error) => {
        assert.match(error.message, /download the official releases?: PULUMI_MCS_OFFLINE=1 is set/);
        assert.match(error.message, /build it with Go: there is no `go` on PATH/);
        assert.match(error.message, part.wayOut);
        return true;
      });
      assert.deepEqual(cached(), []);
    });

    describe("by building", () => {
      const builds = () => readFileSync(path.join(machine.folder, "builds"), "utf8").trim().split("\n").length;
      const fakeGo = (end: string) =>
        machine.script(
          "go",
          `[ "$1" = build ] || exit 0
           echo built >> ${machine.folder}/builds
           while [ "$1" != -o ]; do shift; done
           /bin/sleep 1
           printf '#!/bin/sh\\necho ${part.answers ?? "v1.2.3"}\\n' > "$2"; /bin/chmod 755 "$2"
           ${end}`,
        );
      const find = () =>
        runCommand(
          [
            process.execPath,
            ...["--require", require.resolve("tsx/cjs"), "-e"],
            `${part.elsewhere}.then((text) => console.log(text))`,
          ],
          { env: { ...env, PULUMI_MCS_OFFLINE: "1" } },
        );

      it("builds once for two processes that ask at once", async () => {
        fakeGo("exit 0");
        const [one, two] = await Promise.all([find(), find()]);
        assert.match(one, new RegExp(`^${machine.folder}/cache/pulumi-mcs/`));
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
        rmSync(path.join(cache(), key), { recursive: true });
        mkdirSync(path.join(cache(), `${key}.${child.pid}.tmp`));
        writeFileSync(path.join(cache(), `${key}.lock`), JSON.stringify({ pid: child.pid, host: os.hostname() }));
        await find();
        assert.equal(builds(), 2);
        assert.deepEqual(cached(), [key]);
      });

      it("puts nothing into the cache when the build fails, and says why", async () => {
        fakeGo('echo "main.go:1: it does not compile" >&2; exit 1');
        await assert.rejects(
          part.find({ ...env, PULUMI_MCS_OFFLINE: "1" }),
          /go build ended with code 1\nmain\.go:1: it does not compile/,
        );
        assert.deepEqual(cached(), []);
      });
    });

    describe("by download", () => {
      let server: Server;
      let files: Release;

      beforeEach(async function () {
        if (process.platform !== "linux") return this.skip();
        files = await part.release(machine.folder);
        server = createServer((request, response) => {
          const body = files.get(request.url ?? "");
          response.writeHead(body === undefined ? 404 : 200).end(body);
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        env = {
          ...env,
          PULUMI_MCS_KUBERNETES_URL: `${url}/k8s`,
          PULUMI_MCS_ETCD_URL: `${url}/etcd`,
          PULUMI_MCS_PULUMI_URL: `${url}/pulumi`,
          PULUMI_MCS_COREDNS_URL: `${url}/coredns`,
        };
      });
      afterEach(() => server.close());

      it("keeps what matches its checksum", async () => {
        await part.runs(env);
        assert.equal(cached().length, 1);
        files.clear();
        await part.runs(env);
      });

      it("uses nothing of a release with one wrong checksum, and says which", async () => {
        const [name = ""] = [...files.keys()].filter((file) => file.endsWith(part.spoilt));
        files.set(name, Buffer.from("something else"));
        const told = new RegExp(
          `${path.basename(name).replaceAll(".", "\\.")} has SHA-256 [0-9a-f]{64}, but its publisher states [0-9a-f]{64}`,
        );
        await assert.rejects(part.find(env), told);
        assert.deepEqual(cached(), []);
      });

      it("says so when the publisher has no such release", async () => {
        files.clear();
        await assert.rejects(part.find(env), part.sums);
      });
    });
  });
}

describe("finding the control plane, where its folder is named", () => {
  let machine: Machine;

  beforeEach(() => (machine = emptyMachine()));
  afterEach(() => machine.remove());

  it("takes KUBEBUILDER_ASSETS, completed from PATH, before anything slow", async () => {
    const assets = path.join(machine.folder, "assets");
    for (const component of ["etcd", "kube-apiserver"]) machine.script(path.join(assets, component));
    const controllerManager = machine.script("kube-controller-manager");
    const found = await findControlPlane({
      env: { ...machine.env, KUBEBUILDER_ASSETS: assets, PULUMI_MCS_OFFLINE: "1" },
    });
    assert.deepEqual(found.command("etcd"), [path.join(assets, "etcd")]);
    assert.deepEqual(found.command("kube-controller-manager"), [controllerManager]);
    assert.equal(found.command("kube-proxy"), undefined);
  });
});
