/** The kubelet's door of the tests: a small program of our own, built with Go. */
import * as path from "node:path";
import { contentKey } from "../parts/cache";
import { inPath } from "../parts/executable";
import { findPart, type FindOptions, type PartSpec } from "../parts/find-part";
import { goBuild } from "../parts/go-build";

const files = ["go.mod", "go.sum", "main.go"].map((name) => path.join(__dirname, name));

const kubelet: PartSpec<string> = {
  what: "kubelet's door for the test clusters",
  folder: "kubelet",
  key: contentKey(files),
  required: "kubelet",
  wayOut: "install Go 1.26 or newer",
  places: () => [],
  lookIn: (searchPath) => inPath("kubelet", searchPath),
  sources: [
    goBuild({
      what: "the kubelet's door",
      time: "seconds",
      main: ".",
      output: "kubelet",
      stamp: {},
      module: () => ({ directory: __dirname }),
    }),
  ],
};

/** Its absolute path. @throws an Error with the way out where it cannot be built */
export function findKubelet(options: FindOptions = {}): Promise<string> {
  return findPart(kubelet, options);
}
