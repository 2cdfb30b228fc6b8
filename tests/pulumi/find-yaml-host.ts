/** The language host of YAML programs: on PATH, in our cache, or built with Go from the module registry. */
import * as path from "node:path";
import { contentKey } from "../parts/cache";
import { inPath } from "../parts/executable";
import { type FindOptions, findPart, type PartSpec } from "../parts/find-part";
import { goBuild } from "../parts/go-build";

const NAME = "pulumi-language-yaml";
const folder = path.join(__dirname, "yaml-host");

const part: PartSpec<string> = {
  what: "language host of Pulumi for programs in YAML",
  folder: "pulumi-yaml",
  key: contentKey(["go.mod", "go.sum"].map((name) => path.join(folder, name))),
  required: NAME,
  wayOut: `put ${NAME} on PATH (it comes with Pulumi: https://www.pulumi.com/docs/install), or install Go 1.26.6 or newer`,
  places: ({ PATH = "" }) => [{ source: "PATH", searchPath: PATH }],
  lookIn: (searchPath) => inPath(NAME, searchPath),
  sources: [
    goBuild({
      what: "Pulumi's YAML language host",
      time: "about 2 minutes",
      main: "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
      output: NAME,
      stamp: { "github.com/pulumi/pulumi-yaml/pkg/version.Version": "1.25.0" },
      module: () => ({ directory: folder }),
    }),
  ],
};

/** @returns the folder that it is in @throws an Error that names every way tried and what to install, when none works */
export async function findYamlHost(options: FindOptions = {}): Promise<string> {
  return path.dirname(await findPart(part, options));
}
