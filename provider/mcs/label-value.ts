/** What Kubernetes takes as the value of a label, and of other fields that follow the same rule. */

const LABEL_VALUE = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;

/** At most 63 letters, digits, "-", "_" and ".", a letter or digit at both ends; or nothing. */
export function isLabelValue(text: string): boolean {
  return LABEL_VALUE.test(text);
}
