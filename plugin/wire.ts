/** Values of the protocol: structs in, plain properties out, and back. */
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { isRecord, type Properties } from "../provider/resources/inputs/properties";
import { UNKNOWN } from "../provider/resources/inputs/unknown";

/** A record with this key is no map but a value that the engine marks. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** What the engine writes in place of values that a preview does not know, one for each type of value. */
const UNKNOWNS = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  UNKNOWN,
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Secrets in clear, as the handlers want them: the engine marks what it gets back by the keys of what it sent. Unknown values as `UNKNOWN`. */
export function propertiesOf(struct: Struct | undefined): Properties {
  const plain: unknown = struct?.toJavaScript() ?? {};
  return isRecord(plain) ? (unmarked(plain) as Properties) : {};
}

function unmarked(value: unknown): unknown {
  if (typeof value === "string") return UNKNOWNS.has(value) ? UNKNOWN : value;
  if (Array.isArray(value)) return value.map(unmarked);
  if (!isRecord(value)) return value;
  if (value[SIGNATURE] === SECRET) return unmarked(value.value);
  if (value[SIGNATURE] === OUTPUT) return value.value === undefined ? UNKNOWN : unmarked(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, unmarked(it)]));
}

/** The protocol has no undefined: such keys are left out. */
export function structOf(properties: Properties): Struct {
  return Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as Parameters<typeof Struct.fromJavaScript>[0]);
}

export function secret(value: unknown): Properties {
  return { [SIGNATURE]: SECRET, value };
}
