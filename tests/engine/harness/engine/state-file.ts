// The stack's state on disk, in the shape of `pulumi stack export`, secrets encrypted wherever they sit.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { ExportedResource, ExportedState } from "../stack-driver.js";
import type { ResourceState } from "./resource.js";
import { SecretBox } from "./secrets.js";
import type { SecretsState } from "./secrets.js";
import { isProps, isSecret, secretSignature, signature } from "./values.js";
import type { Props, Value } from "./values.js";

/** Reads and writes one file; the key is made once, when it is opened. */
export class StateFile {
  private constructor(
    private readonly path: string,
    readonly box: SecretBox,
  ) {}

  /** @throws when the passphrase is not that of the file */
  static open(path: string, passphrase: string): StateFile {
    const secrets = read(path)?.deployment.secrets_providers as { state?: SecretsState } | undefined;
    const file = new StateFile(path, SecretBox.open(passphrase, secrets?.state));
    if (!secrets) file.save([]);
    return file;
  }

  load(): ResourceState[] {
    return (read(this.path)?.deployment.resources ?? []).map((record) => decode(record, this.box));
  }

  /** Whole or not at all: a killed process leaves the state of before. */
  save(resources: readonly ResourceState[]): void {
    const state: ExportedState = {
      version: 3,
      deployment: {
        manifest: { time: new Date().toISOString(), magic: "", version: "test engine" },
        secrets_providers: { type: "passphrase", state: this.box.state },
        resources: resources.map((resource) => encode(resource, this.box)),
        metadata: {},
      },
    };
    mkdirSync(dirname(this.path), { recursive: true });
    const beside = `${this.path}.${process.pid}.tmp`;
    writeFileSync(beside, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
    renameSync(beside, this.path);
  }

  /** @param clear secrets as `plaintext` */
  export(clear = false): ExportedState {
    const state = read(this.path) ?? { version: 3, deployment: {} };
    if (!clear) return state;
    return inEverySecret(state, ({ ciphertext }) => ({ plaintext: this.box.decrypt(String(ciphertext)) }));
  }

  /** Secrets in clear are encrypted; those that are encrypted must be so with this stack's key. */
  import(state: ExportedState): void {
    const { deployment } = inEverySecret(state, ({ plaintext, ciphertext }) => ({
      ciphertext: plaintext === undefined ? ciphertext : this.box.encrypt(String(plaintext)),
    }));
    this.save((deployment.resources ?? []).map((record) => decode(record, this.box)));
  }
}

/** The whole state with another way of keeping each secret. */
function inEverySecret(state: ExportedState, kept: (secret: Props) => Record<string, unknown>): ExportedState {
  return JSON.parse(JSON.stringify(state), (_key, value: Value): unknown =>
    isSecret(value) ? { [signature]: secretSignature, ...kept(value) } : value,
  ) as ExportedState;
}

function read(path: string): ExportedState | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as ExportedState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Empty and false members are left out, as the real engine does. */
function encode(resource: ResourceState, box: SecretBox): ExportedResource {
  const { inputs, outputs, hideDiff, ...rest } = resource;
  const members = { ...rest, inputs: seal(inputs, box), outputs: seal(outputs, box), hideDiff };
  const kept = Object.entries(members).filter(([key, value]) => key === "custom" || !isEmpty(value));
  return Object.fromEntries(kept) as unknown as ExportedResource;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === "" || value === false) return true;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function decode(record: ExportedResource, box: SecretBox): ResourceState {
  const absent = {
    id: "",
    parent: "",
    provider: "",
    protect: false,
    external: false,
    retainOnDelete: false,
    delete: false,
    pendingReplacement: false,
    dependencies: [],
    propertyDependencies: {},
    initErrors: [],
    additionalSecretOutputs: [],
    ignoreChanges: [],
    hideDiff: [],
  };
  const inputs = unseal((record.inputs ?? {}) as Props, box) as Props;
  const outputs = unseal((record.outputs ?? {}) as Props, box) as Props;
  return { ...absent, ...(record as object), inputs, outputs } as unknown as ResourceState;
}

function seal(value: Value, box: SecretBox): Value {
  if (isSecret(value)) return { [signature]: secretSignature, ciphertext: box.encrypt(JSON.stringify(value.value)) };
  if (Array.isArray(value)) return value.map((item) => seal(item, box));
  if (!isProps(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, seal(item, box)]));
}

function unseal(value: Value, box: SecretBox): Value {
  if (isSecret(value)) {
    const clear = JSON.parse(box.decrypt(String(value.ciphertext))) as Value;
    return { [signature]: secretSignature, value: clear };
  }
  if (Array.isArray(value)) return value.map((item) => unseal(item, box));
  if (!isProps(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unseal(item, box)]));
}
