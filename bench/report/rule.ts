/** How a budget is judged. */
import type { Results } from "./results";

export interface Budget {
  readonly id: string;
  /** What the figure is. */
  readonly says: string;
  /** Sizes of the stacks that it is for. @default the one size of its part */
  readonly services?: readonly number[];
  /** The most that meets it. */
  readonly limit: number;
}

/** A figure, with what it was measured at; undefined where it was not. */
export type Judged = readonly [at: string, figure: number | undefined];
export type Rule = (results: Pick<Results, "figures">, budget: Budget) => readonly Judged[];

export function minus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a - b;
}

export function ratio(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a / b;
}
