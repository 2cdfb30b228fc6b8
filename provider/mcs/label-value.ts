/** What Kubernetes takes as label keys and values, as names of ports and hosts, and in other fields that follow the same rules. */

const LABEL_VALUE = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;

/** At most 63 letters, digits, "-", "_" and ".", a letter or digit at both ends; or nothing. */
export function isLabelValue(text: string): boolean {
  return LABEL_VALUE.test(text);
}

const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** RFC 1123 label: cluster ids, host names of endpoints, names of ports. */
export function isDnsLabel(text: string): boolean {
  return DNS_LABEL.test(text);
}

const DNS_SUBDOMAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** RFC 1123 subdomain: what most objects may be named. */
export function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && DNS_SUBDOMAIN.test(text);
}

const KEY_NAME = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

/** The API's rule for label keys, and for appProtocol: an optional DNS prefix and a name of at most 63. */
export function isQualifiedName(key: string): boolean {
  const slash = key.indexOf("/");
  if (slash < 0) return KEY_NAME.test(key);
  return isDnsSubdomain(key.slice(0, slash)) && KEY_NAME.test(key.slice(slash + 1));
}
