/** Run by interruption.test.ts in a process of its own, to be interrupted there: one `up`, its result on the last line. */
import { openStack } from "./harness/index";
import type { OpenStackOptions } from "./harness/index";

async function main(options: OpenStackOptions): Promise<void> {
  const { ok, error } = await (await openStack({ ...options, engine: "test" })).up();
  console.log(JSON.stringify({ ok, error }));
}

void main(JSON.parse(process.argv[2] ?? "{}") as OpenStackOptions);
