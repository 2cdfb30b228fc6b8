/** Official releases as their publishers lay them out, for a server that stands in for them: each program is a script that prints its own name. */
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { allComponents } from "../controlplane/binaries";
import { versions } from "../controlplane/versions";
import { runCommand } from "../parts/command";

/** Content by the path in a request. */
export type Release = Map<string, Buffer>;

/** Below `/k8s` and `/etcd`. `folder` is for working in. */
export async function kubernetesRelease(folder: string): Promise<Release> {
  const { kubernetes, etcd } = versions();
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const release: Release = new Map();
  for (const component of allComponents.filter((name) => name !== "etcd")) {
    const at = `/k8s/${kubernetes}/bin/linux/${arch}/${component}`;
    const text = Buffer.from(script(component));
    release.set(at, text).set(`${at}.sha256`, Buffer.from(sum(text)));
  }
  const name = `etcd-${etcd}-linux-${arch}`;
  const archive = await tar(folder, name, { etcd: script("etcd") });
  const lines = [`${"0".repeat(64)}  etcd-${etcd}-darwin-${arch}.zip`, `${sum(archive)}  ${name}.tar.gz`];
  return release
    .set(`/etcd/${etcd}/${name}.tar.gz`, archive)
    .set(`/etcd/${etcd}/SHA256SUMS`, Buffer.from(lines.join("\n")));
}

/** Below `/pulumi`; its CLI answers `version` with `answered`. */
export async function pulumiRelease(folder: string, version: string, answered = version): Promise<Release> {
  const plugins = ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs", "pulumi-language-python"];
  const archive = await tar(folder, "pulumi", {
    pulumi: script(`v${answered}`),
    ...Object.fromEntries(plugins.map((name) => [name, script(name)])),
  });
  const name = `pulumi-v${version}-${process.platform}-${process.arch}.tar.gz`;
  const lines = [`${"0".repeat(64)}  pulumi-v${version}-windows-x64.zip`, `${sum(archive)}  ${name}`];
  const base = `/pulumi/v${version}`;
  return new Map([
    [`${base}/${name}`, archive],
    [`${base}/pulumi-${version}-checksums.txt`, Buffer.from(lines.join("\n"))],
  ]);
}

/** Below `/coredns`. */
export async function coreDnsRelease(folder: string, version: string): Promise<Release> {
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const name = `coredns_${version}_${process.platform}_${arch}.tgz`;
  // Its archive has no folder.
  const archive = await tar(folder, ".", { coredns: script(`CoreDNS-${version}`) }, ["coredns"]);
  const at = `/coredns/v${version}/${name}`;
  return new Map([
    [at, archive],
    [`${at}.sha256`, Buffer.from(`${sum(archive)}  ${name}\n`)],
  ]);
}

function script(says: string): string {
  return `#!/bin/sh\necho ${says}\n`;
}

function sum(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** A `.tar.gz` with one folder of programs, or with other `members` of it. */
async function tar(
  folder: string,
  name: string,
  programs: Readonly<Record<string, string>>,
  members: readonly string[] = [name],
): Promise<Buffer> {
  mkdirSync(path.join(folder, name), { recursive: true });
  for (const [program, text] of Object.entries(programs)) {
    writeFileSync(path.join(folder, name, program), text);
    chmodSync(path.join(folder, name, program), 0o755);
  }
  const archive = path.join(folder, "release.tar.gz");
  await runCommand(["tar", "-czf", archive, "-C", folder, ...members]);
  return readFileSync(archive);
}
