/** Label and field selectors as the API server reads them: `a`, `!a`, `a=b`, `a==b`, `a!=b`, `a in (x,y)`, `a notin (x,y)`, joined by commas. */

import type { ObjectMeta } from "../../provider/mcs/api";

type Labels = Readonly<Record<string, string>>;

/** Throws a RangeError for a selector that it does not understand, so that a test cannot pass by selecting everything. */
export function matchesLabels(selector: string | undefined, labels: Labels = {}): boolean {
  return (selector ?? "")
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== "")
    .every((term) => matchesTerm(term, labels));
}

function matchesTerm(term: string, labels: Labels): boolean {
  const set = /^([\w./-]+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(term);
  if (set) {
    const [, key = "", operator, values = ""] = set;
    const isIn = values.split(",").some((value) => value.trim() === labels[key]);
    return operator === "in" ? isIn : !isIn;
  }
  const equality = /^([\w./-]+)\s*(==?|!=)\s*([\w.-]*)$/.exec(term);
  if (equality) {
    const [, key = "", operator, value] = equality;
    return (labels[key] === value) === (operator !== "!=");
  }
  const existence = /^(!?)([\w./-]+)$/.exec(term);
  if (existence) {
    return Object.hasOwn(labels, existence[2] ?? "") === (existence[1] === "");
  }
  throw new RangeError(`not a label selector: ${term}`);
}

/** The two fields that every kind can be selected by. */
export function matchesFields(selector: string | undefined, { name, namespace }: ObjectMeta): boolean {
  return (selector ?? "")
    .split(",")
    .filter((term) => term !== "")
    .every((term) => {
      const [field, value] = term.split("=");
      if (field !== "metadata.name" && field !== "metadata.namespace") {
        throw new RangeError(`not a field selector of every kind: ${term}`);
      }
      return (field === "metadata.name" ? name : namespace) === value;
    });
}
