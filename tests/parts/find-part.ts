/**
 * Where a part of the test bench comes from: the environment, our cache, an official download, a build with Go, in this
 * order. The first two cost next to nothing, so they are asked every time; the others fill the cache once.
 */
import { mkdirSync, rmSync } from "node:fs";
import * as path from "node:path";
import { cachedFolder, cacheDirectory } from "./cache";
import { type Progress, silent } from "./progress";

/** Programs that tests need and npm does not bring. */
export interface PartSpec<T> {
  /** For messages: "Kubernetes control plane for the test clusters". */
  readonly what: string;
  /** Its folder in our cache. */
  readonly folder: string;
  /** Of one filling of the cache; another one whenever other programs are wanted (see contentKey). */
  readonly key: string;
  /** What must be there, for messages: "etcd, kube-apiserver". */
  readonly required: string;
  /** What a person does when no way worked. */
  readonly wayOut: string;
  /** Ways that take time, in the order in which they are tried. */
  readonly sources: readonly Source[];
  /** Where else it may be, at no cost. */
  places(env: NodeJS.ProcessEnv): readonly Place[];
  /** The programs in a list of folders such as PATH; undefined when something required is in none of them. */
  lookIn(searchPath: string, source: string): T | undefined;
}

export interface Place {
  /** For a progress line: "PATH", or the variable that names it. */
  readonly source: string;
  /** Folders, as in PATH. */
  readonly searchPath: string;
  /** Said when something lacks there, where a person has named the place. */
  readonly lacking?: string;
}

export interface SourceContext {
  readonly progress: Progress;
  readonly env: NodeJS.ProcessEnv;
}

/** One way to get the programs that takes time. */
export interface Source {
  /** What it does, for the message when it fails: "download the official releases". */
  readonly what: string;
  /** Puts the programs into `folder`. @throws an Error whose message says why it cannot be done here. */
  fill(folder: string, context: SourceContext): Promise<void>;
}

export interface FindOptions {
  readonly progress?: Progress;
  /** Default: the process's own. Read: PATH, XDG_CACHE_HOME, PULUMI_MCS_OFFLINE, those of a proxy, and what the part names. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Finds the programs, or gets them. The first time that may take minutes; `progress` says what is being done.
 * @throws an Error that names every way tried and what to install, when none works.
 */
export async function findPart<T>(spec: PartSpec<T>, options: FindOptions = {}): Promise<T> {
  const { progress = silent, env = process.env } = options;
  for (const { source, searchPath, lacking } of spec.places(env)) {
    const present = spec.lookIn(searchPath, source);
    if (present !== undefined) return present;
    if (lacking !== undefined) progress(`${lacking}: looking further`);
  }
  const folder = path.join(cacheDirectory(env), spec.folder, spec.key);
  await cachedFolder(folder, progress, (temporary) => fillFromFirst(spec, temporary, { progress, env }));
  const cached = spec.lookIn(folder, "cache");
  if (cached === undefined) throw new Error(`${folder} has no ${spec.required}: remove that folder, it is made anew`);
  return cached;
}

async function fillFromFirst<T>(spec: PartSpec<T>, folder: string, context: SourceContext): Promise<void> {
  const failures: string[] = [];
  for (const source of spec.sources) {
    try {
      await source.fill(folder, context);
      if (spec.lookIn(folder, source.what) === undefined) throw new Error(`it did not give all of ${spec.required}`);
      return;
    } catch (error) {
      const failure = `could not ${source.what}: ${error instanceof Error ? error.message : String(error)}`;
      failures.push(failure);
      context.progress(failure);
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
    }
  }
  throw new Error(
    [`No ${spec.what}.`, ...failures.map((failure) => `- ${failure}`), `Way out: ${spec.wayOut}.`].join("\n"),
  );
}
