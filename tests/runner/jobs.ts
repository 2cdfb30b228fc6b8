/** What the tiers come to as processes, in the order in which they are begun. */
import { globSync } from "node:fs";
import * as path from "node:path";
import { allNeeds, type MochaTier, type Need, type Part, type Tier } from "./tiers";

export const root = path.join(__dirname, "../..");

export type Job = CheckJob | MochaJob;

export interface CheckJob {
  readonly kind: "check";
  readonly tier: string;
  /** The command line, or the test file, or what names several files: shown, and the key of its remembered time. */
  readonly title: string;
  readonly command: readonly string[];
  readonly needs: readonly [];
}

export interface MochaJob {
  readonly kind: "mocha";
  readonly tier: string;
  readonly title: string;
  /** From the repository's root. */
  readonly files: readonly string[];
  readonly needs: readonly Need[];
  /** Added to our own environment. */
  readonly env?: NodeJS.ProcessEnv;
}

/** @throws an Error when a tier has no test file: a tier that tests nothing is no success. */
export function jobsOf(tier: Tier): readonly Job[] {
  if (tier.kind === "mocha") return mochaJobs(tier);
  return tier.commands.map((command) => ({
    kind: "check",
    tier: tier.name,
    title: command.join(" "),
    command: [path.join(root, "node_modules/.bin", command[0] ?? ""), ...command.slice(1)],
    needs: [],
  }));
}

function mochaJobs(tier: MochaTier): readonly MochaJob[] {
  const taken = new Set<string>();
  const jobs = tier.parts.flatMap((part) => {
    const files = globSync(part.files, { cwd: root }).filter((file) => !taken.has(file));
    for (const file of files) taken.add(file);
    return shares(part, files.sort()).map(({ title, files: own }) => ({
      kind: "mocha" as const,
      tier: tier.name,
      title: part.byPlugin ? `${title} by the plugin` : title,
      files: own,
      needs: part.needs,
      ...(part.byPlugin && { env: { PULUMI_MCS_TEST_FACE: "plugin" } }),
    }));
  });
  if (jobs.length > 0) return jobs;
  throw new Error(`${tier.name}: no test file matches ${tier.parts.map(({ files }) => files).join(" or ")}`);
}

function shares({ files: pattern, processes }: Part, files: readonly string[]): Pick<MochaJob, "title" | "files">[] {
  if (processes === "one a file") return files.map((file) => ({ title: file, files: [file] }));
  return Array.from({ length: Math.min(processes, files.length) }, (_, i) => ({
    title: processes === 1 ? pattern : `${pattern} (${i + 1} of ${processes})`,
    files: files.filter((_file, at) => at % processes === i),
  }));
}

/**
 * What fails soonest first, then what can begin while programs are built, then what needs only the first of them; the
 * longest of each first, so that none is alone at the end.
 */
export function inOrder(jobs: readonly Job[], secondsOf: (job: Job) => number): readonly Job[] {
  const rank = (job: Job) => {
    if (job.kind === "check") return 0;
    if (job.tier === "unit") return 1;
    return 2 + Math.max(...job.needs.map((need) => allNeeds.indexOf(need) + 1), 0);
  };
  return [...jobs].sort((a, b) => rank(a) - rank(b) || secondsOf(b) - secondsOf(a) || 0);
}
