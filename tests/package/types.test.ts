/** The types of the package as compilers of other projects find them, where @pulumi/kubernetes is not installed: each way of resolving modules, CommonJS and ES modules. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import ts from "typescript";
import { packed, root } from "./packed";

/** Compiles only where the types are the true ones, and not `any`. */
const program = `
import * as pulumi from "@pulumi/pulumi";
import * as mcs from "pulumi-mcs";
import { MultiClusterService, type ClusterArgs } from "pulumi-mcs";

const member1: ClusterArgs = { kubeconfig: pulumi.secret("…"), labels: { region: "eu" }, role: "export" };
const prod = new mcs.ClusterSet("prod", { clusters: { member1, member2: { kubeconfigPath: "~/.kube/config", context: "member2" } } });
const serve = new MultiClusterService("serve", { clusterSet: prod, namespace: "default", exportFrom: ["member1"], importTo: { matchLabels: { region: "eu" } } });
export const address: pulumi.Output<string | undefined> = serve.imports.apply((imports) => imports["member2"]?.clusterIPs[0]);
export const provider: pulumi.ProviderResource = prod.kubernetes("member1");
// @ts-expect-error a member has no such role
export const wrong: ClusterArgs = { inCluster: true, role: "neither" };
// @ts-expect-error a service is of a clusterset
new mcs.MultiClusterService("serve", { namespace: "default", exportFrom: "all", importTo: "all" });
`;

/** As the templates of `pulumi new` and newer projects set it; each compiles its files with all checks, those of libraries, too. */
const projects: readonly {
  readonly title: string;
  readonly files: readonly string[];
  readonly options: ts.CompilerOptions;
}[] = [
  {
    title: "node10, as pulumi new sets it",
    files: ["index.ts"],
    options: { module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.Node10 },
  },
  {
    title: "node16, in CommonJS and in an ES module",
    files: ["index.ts", "module.mts"],
    options: { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 },
  },
  {
    title: "bundler",
    files: ["index.ts"],
    options: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
  },
];

describe("the package's types", function () {
  this.timeout(300_000);
  let folder: string;

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-types-"));
    const modules = path.join(folder, "node_modules");
    (await packed()).lay(path.join(modules, "pulumi-mcs"));
    // What a program has beside it, but not @pulumi/kubernetes, which is optional.
    for (const name of ["@pulumi/pulumi", "@types/node"]) {
      mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
      symlinkSync(path.join(root, "node_modules", name), path.join(modules, name), "junction");
    }
    writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "project", private: true }));
    for (const file of ["index.ts", "module.mts"]) writeFileSync(path.join(folder, file), program);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const { title, files, options } of projects) {
    it(`are found, complete and strict by ${title}`, () => {
      const compiled = ts.createProgram(
        files.map((file) => path.join(folder, file)),
        {
          ...options,
          target: ts.ScriptTarget.ES2022,
          strict: true,
          noEmit: true,
          types: ["node"],
          typeRoots: [path.join(folder, "node_modules/@types")],
        },
      );
      const ours = compiled
        .getSourceFiles()
        .filter(({ fileName }) => path.dirname(fileName) === folder || fileName.includes("/node_modules/pulumi-mcs/"));
      assert.ok(ours.length > files.length + 10, ours.map(({ fileName }) => fileName).join("\n"));
      const wrong = [
        ...compiled.getOptionsDiagnostics(),
        ...ours.flatMap((file) => compiled.getSemanticDiagnostics(file)),
      ];
      assert.deepEqual(
        wrong.map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`),
        [],
      );
    });
  }
});
