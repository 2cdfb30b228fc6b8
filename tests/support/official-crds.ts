/**
 * The CRDs of a release of the Multi-Cluster Services API as it published them, for tests with what older installations left in a cluster.
 * They come through Go's module proxy, are kept in Go's module cache and are never part of this repository.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import type { CustomResourceDefinition } from "../../provider/mcs/api";

const MODULE = "sigs.k8s.io/mcs-api";
const GATEWAY_MODULE = "sigs.k8s.io/gateway-api";
/** For one release, a few hundred kilobytes; it is in the cache from the second time on. */
const TIMEOUT_MS = 60_000;

export type Official =
  | { readonly definitions: readonly CustomResourceDefinition[] }
  /** Why this machine cannot have them. */
  | { readonly missing: string };

/** @param release e.g. "v0.4.1" */
export async function officialCrds(release: string): Promise<Official> {
  const downloaded = await moduleFolder(`${MODULE}@${release}`);
  if ("missing" in downloaded) return downloaded;
  const read = (plural: string): CustomResourceDefinition =>
    parse(readFileSync(join(downloaded.folder, "config", "crd", `multicluster.x-k8s.io_${plural}.yaml`), "utf8"));
  return { definitions: [read("serviceexports"), read("serviceimports")] };
}

/** Gateways and HTTPRoutes, of the standard channel. @param release e.g. "v1.4.1" */
export async function officialGatewayCrds(release: string): Promise<Official> {
  const downloaded = await moduleFolder(`${GATEWAY_MODULE}@${release}`);
  if ("missing" in downloaded) return downloaded;
  const read = (plural: string): CustomResourceDefinition => {
    const file = join(downloaded.folder, "config", "crd", "standard", `gateway.networking.k8s.io_${plural}.yaml`);
    return parse(readFileSync(file, "utf8"));
  };
  return { definitions: [read("gateways"), read("httproutes")] };
}

async function moduleFolder(wanted: string): Promise<{ readonly folder: string } | { readonly missing: string }> {
  try {
    // A `go.mod` or `go.work` around the checkout is no business of this download.
    const { stdout } = await promisify(execFile)("go", ["mod", "download", "-json", wanted], {
      cwd: tmpdir(),
      env: { ...process.env, GOFLAGS: "", GOWORK: "off" },
      timeout: TIMEOUT_MS,
    });
    return { folder: (JSON.parse(stdout) as { Dir: string }).Dir };
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === "ENOENT";
    const why = isAbsent ? "there is no `go` on PATH" : "Go's module proxy does not give it";
    return { missing: `the CRDs of ${wanted} are not to be had: ${why}` };
  }
}
