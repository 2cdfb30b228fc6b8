// A resource that is deleted before it is replaced takes dependents with it: which, and in which order.
import { decide } from "./diff.js";
import { dependentsOf } from "./graph.js";
import { Invalid } from "./invalid.js";
import { providerOf } from "./pass.js";
import type { Pass } from "./pass.js";
import type { ResourceState } from "./resource.js";
import { unknown } from "./values.js";
import type { Value } from "./values.js";

/**
 * Those that would have to be replaced if what they have from it were not known. Last ones first.
 * @param decided URNs whose steps are made already  @throws Invalid when one of them is protected
 */
export async function dependentsToReplace(
  pass: Pass,
  root: ResourceState,
  decided: ReadonlySet<string>,
): Promise<ResourceState[]> {
  const going = new Set([root.urn]);
  const condemned: ResourceState[] = [];
  for (const dependent of dependentsOf(root, pass.snapshot.base, decided)) {
    if (!dependent.custom || dependent.external || dependent.delete) continue;
    const touched = Object.entries(dependent.inputs).map(([key, value]): [string, Value] => {
      const from = dependent.propertyDependencies[key] ?? [];
      return [key, from.some((urn) => going.has(urn)) ? unknown : value];
    });
    if (touched.every(([key, value]) => value === dependent.inputs[key])) continue;
    const without = { ...dependent, inputs: Object.fromEntries(touched) };
    if (!(await decide(pass, dependent, without, providerOf(pass, dependent))).replace) continue;
    if (dependent.protect) refuseProtected(pass, dependent.urn, root.urn);
    going.add(dependent.urn);
    condemned.unshift(dependent);
  }
  return condemned;
}

/** @param root the resource whose replacement asks for it; the same one when it is itself protected */
export function refuseProtected(pass: Pass, urn: string, root: string): never {
  const why = urn === root ? "\nas" : ` as part of replacing "${root}" as`;
  const way = "remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`";
  const rest = urn === root ? "" : `, or use the command:\n\`pulumi state unprotect '${urn}'\``;
  const message = `unable to replace resource "${urn}"${why} it is currently marked for protection. To unprotect the resource, ${way}${rest}`;
  pass.recorder.log("error", message, { urn: root });
  throw new Invalid();
}
