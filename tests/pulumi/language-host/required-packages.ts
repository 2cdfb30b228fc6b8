/** The provider plugins that a program needs: those of the packages in its node_modules that say `"pulumi": {"resource": true}`. */
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import * as path from "node:path";
import { PackageDependency } from "@pulumi/pulumi/proto/plugin_pb";

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly pulumi?: {
    readonly resource?: boolean;
    readonly name?: string;
    readonly version?: string;
    readonly server?: string;
  };
}

/** Looks only below `directory`: a package that npm hoisted above it brings its plugin when its first resource is registered. */
export function requiredPackages(directory: string, seen = new Set<string>()): PackageDependency[] {
  return packagesIn(path.join(directory, "node_modules")).flatMap((folder) => {
    // A workspace links to itself.
    const real = realpathSync(folder);
    if (seen.has(real)) return [];
    seen.add(real);
    const { name = "", version = "", pulumi } = manifestOf(folder);
    const needed = pulumi?.resource ? [dependency({ name, version, ...pulumi })] : [];
    return [...needed, ...requiredPackages(folder, seen)];
  });
}

function packagesIn(modules: string): string[] {
  if (!existsSync(modules)) return [];
  return (
    readdirSync(modules)
      .filter((name) => !name.startsWith("."))
      .flatMap((name) => {
        const folder = path.join(modules, name);
        return name.startsWith("@") ? readdirSync(folder).map((own) => path.join(folder, own)) : [folder];
      })
      // A link may point to what is gone.
      .filter((folder) => existsSync(folder))
  );
}

function manifestOf(folder: string): Manifest {
  try {
    return JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as Manifest;
  } catch {
    // A folder without one, or with a broken one, is no package of Pulumi's.
    return {};
  }
}

function dependency(of: { name: string; version: string; server?: string }): PackageDependency {
  return new PackageDependency()
    .setName(of.name.replace(/^@pulumi\//, ""))
    .setKind("resource")
    .setVersion(of.version.startsWith("v") ? of.version : `v${of.version}`)
    .setServer(of.server ?? "");
}
