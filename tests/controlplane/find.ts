/** Which control plane the tests run against, and where it comes from. */
import * as path from "node:path";
import { contentKey } from "../parts/cache";
import { findPart, type FindOptions, type PartSpec } from "../parts/find-part";
import { goBuild } from "../parts/go-build";
import { download } from "../parts/release";
import { type Binaries, binariesIn, multiCall, requiredComponents } from "./binaries";
import { releaseFiles } from "./releases";
import { versions } from "./versions";

/**
 * Finds the binaries of a control plane, or gets them: from KUBEBUILDER_ASSETS or PATH, our cache, the official releases, a
 * build with Go. The first time that may take minutes.
 * @throws an Error that names every way tried and what to install, when none works.
 */
export function findControlPlane(options: FindOptions = {}): Promise<Binaries> {
  return findPart(controlPlane(), options);
}

function controlPlane(): PartSpec<Binaries> {
  const required = requiredComponents.join(", ");
  return {
    what: "Kubernetes control plane for the test clusters",
    folder: "controlplane",
    key: contentKey(["go.mod", "go.sum", "main.go"].map((file) => path.join(__dirname, file))),
    required,
    wayOut: `put ${required} on PATH (or in KUBEBUILDER_ASSETS), or install Go 1.26 or newer`,
    places: (env) => {
      const assets = env["KUBEBUILDER_ASSETS"];
      const search = env["PATH"] ?? "";
      if (assets === undefined || assets === "") return [{ source: "PATH", searchPath: search }];
      // The assets that envtest installs have no controller-manager; one on PATH completes them.
      const searchPath = [assets, search].join(path.delimiter);
      const lacking = `KUBEBUILDER_ASSETS (${assets}) lacks one of ${required}`;
      return [{ source: "KUBEBUILDER_ASSETS", searchPath, lacking }];
    },
    lookIn: binariesIn,
    sources: [
      download({
        what: "download the official releases",
        contents: "etcd and Kubernetes (about 250 MB, once)",
        files: releaseFiles,
      }),
      goBuild({
        what: "the control plane",
        time: "about 5 minutes",
        main: ".",
        output: multiCall,
        stamp: stamp(),
        module: () => ({ directory: __dirname }),
      }),
    ],
  };
}

/** Without these the API server calls itself v0.0.0, and a version check has nothing to check. */
function stamp(): Record<string, string> {
  const [, major = "", minor = ""] = /^v(\d+)\.(\d+)/.exec(versions().kubernetes) ?? [];
  const values = { gitVersion: versions().kubernetes, gitMajor: major, gitMinor: minor };
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`k8s.io/component-base/version.${name}`, value]),
  );
}
