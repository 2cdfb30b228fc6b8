/** The table of docs/previews.md as a function of the rows. */
import { CALLS, READING, ROWS, type Row } from "./rows";

const BEGIN = "<!-- rows -->";
const END = "<!-- /rows -->";

/** The page with the table in its place. @throws where the page has no place for it */
export function withTable(page: string): string {
  const [head, rest] = page.split(BEGIN);
  const tail = rest?.split(END)[1];
  if (head === undefined || tail === undefined) throw new Error(`docs/previews.md has no ${BEGIN} … ${END}`);
  return `${head}${BEGIN}\n${table()}\n${END}${tail}`;
}

export function table(): string {
  return [
    "| asked | answer | written |",
    "| --- | --- | --- |",
    ...ROWS.map((row) => line(asked(row), row.answer ?? "", row.written)),
    ...CALLS.map((call) => line(`Automation API: \`${call.asked}\``, "", call.written)),
    ...READING.map((command) => line(`\`${command}\`, of a program that only reads the service`, "", "nothing")),
  ].join("\n");
}

function asked({ asked: command, always, refresh, note }: Row): string {
  const more = [
    ...(always ? ["`options: { refresh: always }` in Pulumi.yaml"] : []),
    ...(refresh ? [`\`refresh: "${refresh}"\` on the clusterset`] : []),
    ...(note ? [note] : []),
  ];
  return [`\`${command}\``, ...more].join("; ");
}

function line(...cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
