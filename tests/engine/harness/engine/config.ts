// The stack's configuration: plain values and encrypted ones, in a file of its own.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { SecretBox } from "./secrets.js";
import { makeSecret } from "./values.js";
import type { Props } from "./values.js";

type Stored = Record<string, { readonly value: string } | { readonly secure: string }>;

export interface ConfigValues {
  /** Keys with namespace, secrets in clear: for the program's environment only. */
  readonly clear: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
}

/** Keys here always have a namespace: `project:key`. */
export class ConfigFile {
  constructor(
    private readonly path: string,
    private readonly box: SecretBox,
  ) {}

  set(key: string, value: string, secret: boolean): void {
    const stored = this.read();
    stored[key] = secret ? { secure: this.box.encrypt(value) } : { value };
    mkdirSync(dirname(this.path), { recursive: true });
    writeFileSync(this.path, `${JSON.stringify(stored, null, 2)}\n`, { mode: 0o600 });
  }

  /** @param defaults values of Pulumi.yaml for keys that the stack does not set */
  values(defaults: Readonly<Record<string, string>>): ConfigValues {
    const stored = this.read();
    const own = Object.entries(stored).map(([key, kept]) => [
      key,
      "secure" in kept ? this.box.decrypt(kept.secure) : kept.value,
    ]);
    const secretKeys = Object.keys(stored).filter((key) => "secure" in (stored[key] ?? {}));
    return { clear: { ...defaults, ...Object.fromEntries(own) }, secretKeys };
  }

  private read(): Stored {
    try {
      return JSON.parse(readFileSync(this.path, "utf8")) as Stored;
    } catch {
      return {};
    }
  }
}

/** What a default dynamic provider is configured with: the whole of it, secrets marked. */
export function asInputs(values: ConfigValues): Props {
  const secret = new Set(values.secretKeys);
  return Object.fromEntries(
    Object.entries(values.clear)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, secret.has(key) ? makeSecret(value) : value]),
  );
}
