/**
 * Downloads the official releases of Kubernetes and etcd, for Linux; each file is used only if its SHA-256 is the one that
 * its publisher states. Base addresses: PULUMI_MCS_KUBERNETES_URL and PULUMI_MCS_ETCD_URL, for a mirror or a test.
 */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { chmod, rm } from "node:fs/promises";
import * as path from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Dispatcher, EnvHttpProxyAgent, interceptors, request } from "undici";
import { allParts } from "./binaries";
import { runCommand } from "./command";
import type { Source } from "./find";
import { reporting } from "./progress";
import { versions } from "./versions";

/** A machine without internet goes on to the next source after this. */
const connectTimeoutMs = 5000;
const stalledMs = 30_000;

export const downloadReleases: Source = {
  what: "download the official releases",
  async fill(folder, progress, env) {
    if (env["PULUMI_MCS_OFFLINE"] === "1") throw new Error("PULUMI_MCS_OFFLINE=1 is set");
    const arch = { x64: "amd64", arm64: "arm64" }[process.arch as string];
    if (process.platform !== "linux" || arch === undefined) {
      throw new Error(`there is no official kube-apiserver for ${process.platform}/${process.arch}`);
    }
    const files = releaseFiles(arch, env);
    const agent = new EnvHttpProxyAgent({
      httpProxy: env["http_proxy"] ?? env["HTTP_PROXY"] ?? "",
      httpsProxy: env["https_proxy"] ?? env["HTTPS_PROXY"] ?? "",
      noProxy: env["no_proxy"] ?? env["NO_PROXY"] ?? "",
      connect: { timeout: connectTimeoutMs },
    });
    const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: 5 }));
    try {
      await reporting(progress, "downloading etcd and Kubernetes (about 250 MB, once)…", async (detail) => {
        // One checksum first: where nothing answers, one timeout is enough to know it.
        const sums = [await checksum(files[0], dispatcher)];
        sums.push(...(await Promise.all(files.slice(1).map((file) => checksum(file, dispatcher)))));
        let bytes = 0;
        const count = (n: number) => detail(`${Math.round((bytes += n) / 1e6)} MB`);
        await Promise.all(
          files.map((file, i) =>
            download(file.url, { to: path.join(folder, file.name), sum: sums[i] ?? "", dispatcher, count }),
          ),
        );
      });
      await unpackEtcd(folder, `etcd-${versions().etcd}-linux-${arch}`);
      await Promise.all(allParts.map((part) => chmod(path.join(folder, part), 0o755)));
    } finally {
      await agent.destroy();
    }
  },
};

interface ReleaseFile {
  readonly name: string;
  readonly url: string;
  /** Where the publisher states the sum, alone or in a list of `<sum>  <file>` lines. */
  readonly sums: string;
}

const etcdArchive = "etcd.tar.gz";

function releaseFiles(arch: string, env: NodeJS.ProcessEnv): [ReleaseFile, ...ReleaseFile[]] {
  const { kubernetes, etcd } = versions();
  const base = `${env["PULUMI_MCS_KUBERNETES_URL"] ?? "https://dl.k8s.io"}/${kubernetes}/bin/linux/${arch}`;
  const etcdBase = `${env["PULUMI_MCS_ETCD_URL"] ?? "https://github.com/etcd-io/etcd/releases/download"}/${etcd}`;
  const parts = allParts.filter((part) => part !== "etcd");
  return [
    { name: etcdArchive, url: `${etcdBase}/etcd-${etcd}-linux-${arch}.tar.gz`, sums: `${etcdBase}/SHA256SUMS` },
    ...parts.map((part) => ({ name: part, url: `${base}/${part}`, sums: `${base}/${part}.sha256` })),
  ];
}

async function get(url: string, dispatcher: Dispatcher): Promise<Dispatcher.ResponseData> {
  const timeouts = { headersTimeout: stalledMs, bodyTimeout: stalledMs };
  const response = await request(url, { dispatcher, ...timeouts }).catch((error: unknown) => {
    throw new Error(`${url}: ${error instanceof Error ? error.message : String(error)}`);
  });
  if (response.statusCode === 200) return response;
  await response.body.dump();
  throw new Error(`${url} answered ${response.statusCode}`);
}

async function checksum(file: ReleaseFile, dispatcher: Dispatcher): Promise<string> {
  const text = await (await get(file.sums, dispatcher)).body.text();
  const name = file.url.slice(file.url.lastIndexOf("/") + 1);
  const line = text.split("\n").find((candidate) => candidate.endsWith(name)) ?? text;
  const sum = /^[0-9a-f]{64}\b/.exec(line.trim())?.[0];
  if (sum === undefined) throw new Error(`${file.sums} states no SHA-256 for ${name}`);
  return sum;
}

async function download(
  url: string,
  options: { to: string; sum: string; dispatcher: Dispatcher; count: (bytes: number) => void },
): Promise<void> {
  const hash = createHash("sha256");
  const tap = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      options.count(chunk.length);
      done(null, chunk);
    },
  });
  await pipeline((await get(url, options.dispatcher)).body, tap, createWriteStream(options.to));
  const sum = hash.digest("hex");
  if (sum !== options.sum)
    throw new Error(`${url} has SHA-256 ${sum}, but its publisher states ${options.sum}: not used`);
}

async function unpackEtcd(folder: string, name: string): Promise<void> {
  await runCommand([
    "tar",
    "-xzf",
    path.join(folder, etcdArchive),
    "-C",
    folder,
    "--strip-components=1",
    `${name}/etcd`,
  ]);
  await rm(path.join(folder, etcdArchive));
}
