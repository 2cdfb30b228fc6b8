/**
 * What the images of pods bring, without images: two sets of programs. Images that are called busybox get BusyBox alone, all others
 * what a toolbox has: socat and OpenBSD's nc, the machine's own programs, and BusyBox for the rest.
 */
import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import * as path from "node:path";
import { debianPackages, libraryFolders } from "../controlplane/tools";
import { runCommand } from "../parts/command";
import type { Progress } from "../parts/progress";

export interface PodTools {
  /** Absolute path: all of them are below it. */
  readonly folder: string;
  /** Whether the programs of this image are here. */
  knows(image: string): boolean;
  /** PATH and libraries of the processes of an image. */
  environmentOf(image: string): Readonly<Record<string, string>>;
}

const packages = ["busybox", "netcat-openbsd", "socat"];
const programs = { nc: "bin/nc.openbsd", socat: "usr/bin/socat" } as const;

/** @throws an Error with the reason where they cannot be had */
export async function podTools(progress: Progress): Promise<PodTools> {
  const folder = await debianPackages(packages, progress, process.env, async (unpacked) => {
    const applets = path.join(unpacked, "applets");
    const toolbox = path.join(unpacked, "toolbox");
    for (const made of [applets, toolbox]) mkdirSync(made);
    const busybox = path.join(unpacked, "bin/busybox");
    chmodSync(busybox, 0o755);
    // Relative, since the folder is moved into its place in the cache.
    const names = (await runCommand([busybox, "--list"])).split("\n").filter((name) => name !== "");
    for (const name of names) symlinkSync("../bin/busybox", path.join(applets, name));
    for (const [name, file] of Object.entries(programs)) symlinkSync(`../${file}`, path.join(toolbox, name));
  });
  const libraries = libraryFolders(folder).join(path.delimiter);
  const system = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
  const applets = path.join(folder, "applets");
  return {
    folder,
    knows: (image) => /(^|\/)(busybox|socat|netshoot)(:|@|$)/.test(image),
    environmentOf: (image) => ({
      PATH: (/(^|\/)busybox(:|@|$)/.test(image) ? [applets] : [path.join(folder, "toolbox"), ...system, applets]).join(
        path.delimiter,
      ),
      LD_LIBRARY_PATH: libraries,
    }),
  };
}
