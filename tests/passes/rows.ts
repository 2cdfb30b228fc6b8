/** What a person can ask of Pulumi in which a resource is read, and what may be written then: played by tests/engine/passes.test.ts, shown by docs/previews.md. */

/**
 * "nothing": no write in any cluster. "repair": what somebody deleted is there again. "removal": only removals, and nothing was repaired before.
 */
export type Written = "nothing" | "repair" | "removal";

export interface Row {
  /** As a person types it; the page shows it. `pulumi` first, or variables before it. */
  readonly asked: string;
  /** Pulumi.yaml says `options: { refresh: always }`. @default false */
  readonly always?: true;
  /** Given at the question, in a terminal; absent where the command asks none, or the flags answer. */
  readonly answer?: "No" | "Yes";
  /** By the end. Before an answer it is always nothing. */
  readonly written: Written;
  /** Of the clusterset. @default "reconcile" */
  readonly refresh?: "observe";
  /** The CLI is started under another name. */
  readonly renamed?: true;
  /** What else is told of it. */
  readonly note?: string;
  /** Takes the way of another row: played by `npm run previews` and `npm run reliability` only. */
  readonly alike?: true;
}

const asking = (asked: string, written: Written, more: Partial<Row> = {}): readonly Row[] => [
  { asked, answer: "No", written: "nothing", ...more },
  { asked, answer: "Yes", written, ...more },
];
const always = { always: true } as const;

export const ROWS: readonly Row[] = [
  { asked: "pulumi preview", written: "nothing" },
  { asked: "pulumi preview --refresh", written: "nothing" },
  { asked: "pulumi pre -r", written: "nothing", alike: true },
  { asked: "PULUMI_OPTION_REFRESH=true pulumi preview", written: "nothing", alike: true },
  { asked: "pulumi preview", written: "nothing", ...always, alike: true },
  { asked: "pulumi refresh --preview-only", written: "nothing" },
  { asked: "PULUMI_OPTION_PREVIEW_ONLY=true pulumi refresh", written: "nothing", alike: true },
  { asked: "pulumi destroy --refresh --preview-only", written: "nothing", alike: true },

  ...asking("pulumi refresh", "repair"),
  { asked: "pulumi refresh -y", written: "repair", alike: true },
  { asked: "pulumi refresh -yf", written: "repair" },
  { asked: "PULUMI_OPTION_SKIP_PREVIEW=true pulumi refresh -y", written: "repair" },
  { asked: "PULUMI_SKIP_CONFIRMATIONS=true pulumi refresh", written: "repair", alike: true },
  { asked: "pulumi refresh -y --run-program", written: "repair", alike: true },
  { asked: "pulumi refresh -yf", written: "nothing", refresh: "observe" },
  {
    asked: "pulumi refresh -yf",
    written: "nothing",
    renamed: true,
    note: "the CLI under another name: not known, so not written, and said",
  },
  {
    asked: "PULUMI_MCS_REFRESH=reconcile pulumi refresh -yf",
    written: "repair",
    renamed: true,
    note: "the CLI under another name, vouched for",
  },

  ...asking("pulumi up", "repair", {
    note: "an update repairs what it finds, asked for a refresh or not",
    alike: true,
  }),
  ...asking("pulumi up -r", "repair", { alike: true }),
  ...asking("pulumi up --refresh", "repair"),
  ...asking("PULUMI_OPTION_REFRESH=true pulumi up", "repair"),
  ...asking("pulumi up", "repair", always),
  { asked: "pulumi up -yr", written: "repair", alike: true },
  { asked: "pulumi up -yfr", written: "repair" },

  { asked: "pulumi destroy", answer: "No", written: "nothing", ...always },
  { asked: "pulumi destroy", answer: "Yes", written: "removal", ...always },
  { asked: "pulumi destroy -yr", written: "removal", alike: true },
];

/** Of the Automation API: a method and its options. Its commands never ask. */
export interface Call {
  readonly asked: string;
  readonly method: "preview" | "refresh" | "up" | "destroy" | "previewRefresh";
  readonly options?: object;
  readonly written: Written;
  /** As of a row. */
  readonly alike?: true;
}

export const CALLS: readonly Call[] = [
  { asked: "stack.preview()", method: "preview", written: "nothing", alike: true },
  {
    asked: "stack.preview({ refresh: true })",
    method: "preview",
    options: { refresh: true },
    written: "nothing",
    alike: true,
  },
  { asked: "stack.previewRefresh()", method: "previewRefresh", written: "nothing" },
  { asked: "stack.refresh()", method: "refresh", written: "repair" },
  { asked: "stack.up({ refresh: true })", method: "up", options: { refresh: true }, written: "repair" },
  { asked: "stack.up()", method: "up", written: "repair", alike: true },
  { asked: "stack.destroy({ refresh: true })", method: "destroy", options: { refresh: true }, written: "removal" },
];

/** Of a program that only reads: `MultiClusterService.get(…)`. Nothing is ever written. */
export const READING: readonly string[] = [
  "pulumi up -y",
  "pulumi up -yfr",
  "pulumi refresh -yf",
  "pulumi preview -r",
  "pulumi destroy -yr",
];

/** Names a row for people, and for good: no two are alike. */
export function titleOf(row: Partial<Row> & { readonly asked: string; readonly reading?: boolean }): string {
  return [
    row.asked,
    ...(row.always ? ["with options.refresh: always"] : []),
    ...(row.refresh ? [`with refresh: "${row.refresh}"`] : []),
    ...(row.renamed ? ["as pulumi-mine"] : []),
    ...(row.reading ? ["of what is only read"] : []),
    ...(row.answer ? [`answered ${row.answer}`] : []),
  ].join(", ");
}
