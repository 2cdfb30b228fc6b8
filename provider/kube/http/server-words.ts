/**
 * What an API server says of its own refusal: the policy, quota or webhook that stands in the way, and what it wants. Somebody must read it to get
 * on, and anybody may have written it: so it is one bounded line, and nothing in it that looks like a credential is passed on.
 */
import { oneLine } from "../../mcs/printable";

/** Characters of it that are shown. */
export const WORDS_MAX = 500;

/** Characters that are searched: the text may be megabytes, and a pattern may cost the square of them. */
const SEARCHED_MAX = 4 * WORDS_MAX;

const WITHHELD = "[withheld]";

const CREDENTIALS: readonly (readonly [RegExp, string])[] = [
  // A key or certificate, to its end, or to the end of what there is.
  [/-----BEGIN [^-]*-----.*?(?:-----END [^-]*-----|$)/gs, WITHHELD],
  // user:password@ in a URL
  [/(:\/\/)[^\s/@]+@/g, `$1${WITHHELD}@`],
  [/\b(bearer|basic)\s+[^\s"',;]+/gi, `$1 ${WITHHELD}`],
  // password=…, "api-key": "…", Authorization: … What stands around the word is bounded: a hostile text would cost its cube otherwise.
  [
    /((?:passw(?:or)?d|secret|token|credential|authorization|(?:api|access|private)[-_]?key)[\w.-]{0,40}["'\\]{0,4}\s{0,4}[:=]\s{0,4}["'\\]{0,4})(?!\[withheld\])(?!(?:bearer|basic)\b)[^\s"',;\\]+/gi,
    `$1${WITHHELD}`,
  ],
  // JSON Web Tokens
  [/\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g, WITHHELD],
  // Random text of any other kind: no word and no name is so long, and has digits in it, without a sign between.
  [/(?=[A-Za-z+_=]*\d)[\w+=]{24,}/g, WITHHELD],
];

/**
 * The message of a metav1.Status, fit to be shown; undefined where there is none.
 * @param secrets credentials that this client sent: they are withheld where the server repeats them
 */
export function serverWords(message: unknown, secrets: readonly string[]): string | undefined {
  if (typeof message !== "string") return undefined;
  // What is cut off a secret would not be known again: so of a longer text the end goes, where such a rest may be.
  const longest = Math.max(0, ...secrets.map(({ length }) => length));
  const whole = message.slice(0, SEARCHED_MAX + 2 * longest);
  const replaced = secrets.reduce((text, secret) => text.replaceAll(secret, WITHHELD), whole);
  const end = whole.length < message.length ? Math.max(0, replaced.length - longest) : replaced.length;
  const known = replaced.slice(0, Math.min(end, SEARCHED_MAX));
  const clean = CREDENTIALS.reduce((text, [pattern, instead]) => text.replace(pattern, instead), known);
  const line = oneLine(oneLine(clean, SEARCHED_MAX).replace(/\s+/g, " ").trim(), WORDS_MAX);
  return line === "" ? undefined : line;
}

/** Too short to be told from words that are there by chance. */
const SECRET_MIN = 6;

/**
 * The credentials in the headers of a request: the Authorization header as a whole, what follows its scheme, and what basic authentication
 * encodes. Other headers hold names and groups, which may be shown.
 */
export function secretsOf(headers: Readonly<Record<string, string | string[]>>): readonly string[] {
  const values = Object.entries(headers).flatMap(([name, value]) => (/^authorization$/i.test(name) ? value : []));
  const secrets = values.flatMap((value) => {
    const [, scheme = "", credential = ""] = /^(\S+)\s+(.*)$/.exec(value) ?? [];
    const decoded = scheme.toLowerCase() === "basic" ? Buffer.from(credential, "base64").toString() : "";
    return [value, credential, decoded, decoded.slice(decoded.indexOf(":") + 1)];
  });
  // The longest first: what is part of another is gone with it.
  return secrets.filter((text) => text.length >= SECRET_MIN).sort((a, b) => b.length - a.length);
}
