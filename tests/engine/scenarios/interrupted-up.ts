// Run by interrupt.test.ts in a process of its own, to be interrupted there: one `up`, its result on the last line.
import { openStack } from "../harness/index.js";
import type { OpenStackOptions } from "../harness/index.js";

async function main(options: OpenStackOptions): Promise<void> {
  const stack = await openStack(options);
  await stack.setConfig("scene", "pair");
  await stack.setConfig("first", JSON.stringify({ until: "go" }));
  const { ok, error } = await stack.up();
  console.log(JSON.stringify({ ok, error }));
}

void main(JSON.parse(process.argv[2] ?? "{}") as OpenStackOptions);
