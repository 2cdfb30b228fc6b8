/**
 * Looks for credentials where none may stand. Whoever makes a credential registers it; the harness of the engine searches everything that
 * an operation says and leaves behind for all that were registered, in clear, in base64 and escaped.
 */
import { Buffer } from "node:buffer";
import { parse } from "yaml";

/** Long secrets are looked for piece by piece, so that a part of one is found too. */
const PIECE = 32;

/** What to look for → what it is, for the message: that may not tell the secret itself. */
const needles = new Map<string, string>();

/** @param what e.g. "token of member1" */
export function registerSecret(text: string, what: string): void {
  // Below that, chance finds it everywhere.
  if (text.length < 8) throw new RangeError(`${what} is too short to be looked for`);
  for (const piece of piecesOf(text)) {
    needles.set(piece, what);
    for (const encoded of base64Of(piece)) needles.set(encoded, `${what}, in base64`);
    needles.set(JSON.stringify(piece).slice(1, -1), what);
    needles.set(encodeURIComponent(piece), what);
  }
}

/** Each credential in it, and the text itself. */
export function registerKubeconfig(text: string, of: string): void {
  const config = parse(text) as Kubeconfig;
  for (const { user } of config.users ?? []) {
    if (user.token) registerSecret(user.token, `token of ${of}`);
    if (user.password) registerSecret(user.password, `password of ${of}`);
    if (user["client-key-data"]) registerPem(Buffer.from(user["client-key-data"], "base64").toString(), `key of ${of}`);
  }
  for (const form of [text, JSON.stringify(text).slice(1, -1)]) needles.set(form, `kubeconfig of ${of}`);
}

/** The body of a key, line by line and as one. */
export function registerPem(pem: string, what: string): void {
  const lines = pem.split(/\r?\n/).filter((line) => line.length >= PIECE && !line.startsWith("-----"));
  for (const line of lines) registerSecret(line, what);
  needles.set(Buffer.from(pem).toString("base64").slice(0, 400), `${what}, in base64`);
}

/** What of all that was registered stands in `text`. */
export function secretsIn(text: string): readonly string[] {
  return [...new Set([...needles].filter(([needle]) => text.includes(needle)).map(([, what]) => what))];
}

/** Throws with where and what, never with the secret. */
export function assertNoSecrets(where: string, text: string): void {
  const found = secretsIn(text);
  if (found.length > 0) throw new Error(`a secret leaked into ${where}: ${found.join("; ")}`);
}

interface Kubeconfig {
  readonly users?: readonly { readonly user: Readonly<Record<string, string | undefined>> }[];
}

function piecesOf(text: string): readonly string[] {
  const count = Math.ceil(text.length / PIECE);
  const pieces = Array.from({ length: count }, (_, at) => text.slice(at * PIECE, (at + 1) * PIECE));
  return text.length <= PIECE ? [text] : [...pieces.filter(({ length }) => length === PIECE), text.slice(-PIECE)];
}

/** As it looks inside the base64 of a longer text: there are three ways to fall on its groups of three bytes. */
function base64Of(text: string): readonly string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3)).toString("base64");
    return whole.slice(before === 0 ? 0 : 4);
  });
}
