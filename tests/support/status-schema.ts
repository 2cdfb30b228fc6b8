/** docs/status.schema.json, held against what `status --json` says. */
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { Ajv } from "ajv";

const schema = JSON.parse(readFileSync(path.join(__dirname, "../../docs/status.schema.json"), "utf8"));
const validate = new Ajv({ allErrors: true, allowUnionTypes: true, strict: true }).compile(schema);

/** Empty where it is as the schema says. */
export function schemaFaults(report: unknown): readonly string[] {
  return validate(report) ? [] : (validate.errors ?? []).map((it) => `${it.instancePath}: ${it.message}`);
}
