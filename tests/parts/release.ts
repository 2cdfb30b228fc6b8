/** Downloads official releases; a file is used only if its SHA-256 is the one that its publisher states. */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { chmod, rm } from "node:fs/promises";
import * as path from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Dispatcher, EnvHttpProxyAgent, interceptors, request } from "undici";
import { runCommand } from "./command";
import type { Source } from "./find-part";
import { reporting } from "./progress";

export interface ReleaseFile {
  readonly url: string;
  /** Where the publisher states the sum, alone or in a list of `<sum>  <file>` lines. */
  readonly sums: string;
  /** Of a `.tar.gz`: the programs in it that are wanted, in a folder of this name, if any. Any other file is a program itself. */
  readonly unpack?: { readonly within?: string; readonly programs: readonly string[] };
}

export interface Release {
  /** For the message when it fails: "download the official releases". */
  readonly what: string;
  /** For progress lines: "etcd and Kubernetes (about 250 MB, once)". */
  readonly contents: string;
  /** @throws an Error where there is no release for this platform */
  files(env: NodeJS.ProcessEnv): [ReleaseFile, ...ReleaseFile[]];
}

/** A machine without internet goes on to the next source after this. */
const connectTimeoutMs = 5000;
const stalledMs = 30_000;

export function download(release: Release): Source {
  return {
    what: release.what,
    async fill(folder, { progress, env }) {
      if (env["PULUMI_MCS_OFFLINE"] === "1") throw new Error("PULUMI_MCS_OFFLINE=1 is set");
      const files = release.files(env);
      const agent = new EnvHttpProxyAgent({
        httpProxy: env["http_proxy"] ?? env["HTTP_PROXY"] ?? "",
        httpsProxy: env["https_proxy"] ?? env["HTTPS_PROXY"] ?? "",
        noProxy: env["no_proxy"] ?? env["NO_PROXY"] ?? "",
        connect: { timeout: connectTimeoutMs },
      });
      const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: 5 }));
      try {
        await reporting(progress, `downloading ${release.contents}…`, async (detail) => {
          // One checksum first: where nothing answers, one timeout is enough to know it.
          const sums = [await checksum(files[0], dispatcher)];
          sums.push(...(await Promise.all(files.slice(1).map((file) => checksum(file, dispatcher)))));
          let bytes = 0;
          const count = (n: number) => detail(`${Math.round((bytes += n) / 1e6)} MB`);
          await Promise.all(
            files.map((file, i) =>
              fetchFile(file.url, { to: path.join(folder, nameOf(file)), sum: sums[i] ?? "", dispatcher, count }),
            ),
          );
        });
        // Only now: nothing of a release is unpacked as long as one of its files may be another than it should.
        for (const file of files) await usable(folder, file);
      } finally {
        await agent.destroy();
      }
    },
  };
}

function nameOf({ url }: ReleaseFile): string {
  return url.slice(url.lastIndexOf("/") + 1);
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
  const line = text.split("\n").find((candidate) => candidate.endsWith(nameOf(file))) ?? text;
  const sum = /^[0-9a-f]{64}\b/.exec(line.trim())?.[0];
  if (sum === undefined) throw new Error(`${file.sums} states no SHA-256 for ${nameOf(file)}`);
  return sum;
}

async function fetchFile(
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

async function usable(folder: string, file: ReleaseFile): Promise<void> {
  const downloaded = path.join(folder, nameOf(file));
  if (file.unpack === undefined) return chmod(downloaded, 0o755);
  const { within, programs } = file.unpack;
  const members = programs.map((program) => (within === undefined ? program : `${within}/${program}`));
  const strip = within === undefined ? [] : ["--strip-components=1"];
  await runCommand(["tar", "-xzf", downloaded, "-C", folder, ...strip, ...members]);
  await rm(downloaded);
  await Promise.all(programs.map((program) => chmod(path.join(folder, program), 0o755)));
}
