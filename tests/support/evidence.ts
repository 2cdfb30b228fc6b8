/**
 * What a run tried and what held: told by a test after its last assertion, counted by `npm run reliability` for docs/reliability.md.
 * Nothing of that page is written by hand.
 */
import { appendFileSync } from "node:fs";

export const areas = {
  "bad input": "Bad input: refused with a clear error, nothing written",
  preview: "Previews: what was announced is what was written, object by object",
  drift: "Drift: seen by preview, repaired by up and refresh",
  outage: "Outages: what was kept, and that the next run completed",
  kill: "Kill points: the process ended there, the next run converged, endpoints throughout",
  stacks: "Several stacks on one clusterset",
  secrets: "Secrets: searched for in state, logs, errors and output",
  state: "State of a release, read and carried on by this code",
  rights: "Rights: exactly the shipped ones suffice, each missing one is named",
  "hostile input": "Hostile input from a compromised member",
  languages: "Languages: from nothing to the answer of a pod of the exporter",
  life: "Life of a service",
  simulation: "Simulation: lives of a clusterset with stacks, sync and everything that goes wrong",
  size: "Sizes: the largest that was played",
} as const;
export type Area = keyof typeof areas;

/**
 * `rules`: pure functions or in-memory members. `pipeline`: real API servers, no engine. `pulumi`: whole programs on the Pulumi CLI, served by the dynamic
 * provider; `plugin`: by the plugin.
 */
export type Ground = "rules" | "pipeline" | "pulumi" | "plugin";

/** The plugin serves what the tests of whole programs play, in place of the dynamic provider: all that holds of one is to hold of both. */
export const byPlugin = process.env["PULUMI_MCS_TEST_FACE"] === "plugin";

/** Everything is tried: `npm run reliability`. Otherwise a selection, in the time that a change may take to be tested. */
export const full = process.env["MCS_RELIABILITY"] === "full";

export interface Evidence {
  readonly area: Area;
  /** One row of the page, e.g. "hang, during up". The same words on every ground, so that they stand in one row. */
  readonly what: string;
  readonly on: Ground;
  /** Fault points, kill points, objects, bad inputs…: how often it was tried; of a size, how large. @default 1 */
  readonly times?: number;
}

/** Call it last in a test: what was not reached has not held. "pulumi" stands for the face that is played. */
export function held({ on, ...evidence }: Evidence): void {
  const record = process.env["MCS_RELIABILITY_RECORD"];
  const ground: Ground = on === "pulumi" && byPlugin ? "plugin" : on;
  if (record !== undefined) appendFileSync(record, `${JSON.stringify({ ...evidence, on: ground })}\n`);
}
