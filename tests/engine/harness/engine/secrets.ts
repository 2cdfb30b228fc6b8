// Encryption of secrets at rest: AES-256-GCM with a key that scrypt makes from the stack's passphrase.
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from "node:crypto";

const probe = "pulumi-mcs test engine";

/** What the state file says of its encryption. */
export interface SecretsState {
  /** Base64. */
  readonly salt: string;
  /** A known text, encrypted: tells a wrong passphrase from broken state. */
  readonly check: string;
}

/** Encrypts and decrypts with one key. A text that was met before gets its old ciphertext, so that state does not churn. */
export class SecretBox {
  private readonly known = new Map<string, string>();

  private constructor(
    private readonly key: Buffer,
    private readonly salt: string,
  ) {}

  /** @throws when `state` was written with another passphrase */
  static open(passphrase: string, state?: SecretsState): SecretBox {
    const salt = state?.salt ?? randomBytes(16).toString("base64");
    const box = new SecretBox(scryptSync(passphrase, Buffer.from(salt, "base64"), 32), salt);
    if (state) box.verify(state.check);
    return box;
  }

  get state(): SecretsState {
    return { salt: this.salt, check: this.encrypt(probe) };
  }

  encrypt(text: string): string {
    const before = this.known.get(text);
    if (before) return before;
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.key, nonce);
    const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    const ciphertext = `t1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
    this.known.set(text, ciphertext);
    return ciphertext;
  }

  decrypt(ciphertext: string): string {
    const [version, nonce = "", sealed = ""] = ciphertext.split(":");
    if (version !== "t1") throw new Error(`secret of unknown format "${version ?? ""}"`);
    const bytes = Buffer.from(sealed, "base64");
    const decipher = createDecipheriv("aes-256-gcm", this.key, Buffer.from(nonce, "base64"));
    decipher.setAuthTag(bytes.subarray(-16));
    const text = Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString("utf8");
    this.known.set(text, ciphertext);
    return text;
  }

  private verify(check: string): void {
    try {
      this.decrypt(check);
    } catch {
      throw new Error("the stack's secrets were encrypted with another passphrase");
    }
  }
}
