// The engine's own provider: stack references, which read another stack's outputs.
import { NotCovered } from "./not-covered.js";
import type { Provider, Subject } from "./provider.js";
import { typeOf } from "../urn.js";
import { containsSecret } from "./values.js";
import type { Props } from "./values.js";

/** Outputs of the stack of that name (`organization/project/stack`), or undefined when there is none. */
export type ReadStack = (name: string) => Props | undefined;

/** @param readStack where other stacks' outputs come from */
export function builtinProvider(readStack: ReadStack): Provider {
  const refuse = (): never => {
    throw new NotCovered("resources of package pulumi other than StackReference.get");
  };
  return {
    check: refuse,
    diff: refuse,
    create: refuse,
    update: refuse,
    delete: refuse,
    async read(subject: Subject) {
      if (typeOf(subject.urn) !== "pulumi:pulumi:StackReference") refuse();
      const name = String(subject.oldOutputs.name);
      const outputs = readStack(name);
      if (!outputs) throw new Error(`unknown stack "${name}"`);
      const secretOutputNames = Object.keys(outputs).filter((key) => containsSecret(outputs[key] ?? null));
      return { id: subject.id, outputs: { name, outputs, secretOutputNames: secretOutputNames.sort() } };
    },
  };
}
