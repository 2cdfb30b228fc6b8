// ignoreChanges: puts the old value back at a path such as `spec.ports[0].port`.
import { NotCovered } from "./not-covered.js";
import { isProps } from "./values.js";
import type { Props, Value } from "./values.js";

/** `inputs` with what stood at each path in `old`; a path that leads nowhere on either side changes nothing. */
export function ignoringChanges(inputs: Props, old: Props, paths: readonly string[]): Props {
  return paths.reduce((kept, path) => restore(kept, old, parsePath(path)) as Props, inputs);
}

function restore(value: Value, old: Value | undefined, path: readonly (string | number)[]): Value {
  const [key, ...rest] = path;
  if (key === undefined) return old ?? value;
  if (Array.isArray(value) && typeof key === "number") {
    const olds = Array.isArray(old) ? old : [];
    return value.map((item, index) => (index === key && index in olds ? restore(item, olds[index], rest) : item));
  }
  if (!isProps(value) || !isProps(old) || typeof key !== "string") return value;
  if (rest.length > 0)
    return key in value && key in old ? { ...value, [key]: restore(value[key] ?? null, old[key], rest) } : value;
  const { [key]: _dropped, ...others } = value;
  return key in old ? { ...value, [key]: old[key] ?? null } : others;
}

function parsePath(path: string): (string | number)[] {
  if (path.includes("*")) throw new NotCovered(`ignoreChanges "${path}"`);
  const parts = path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g);
  return [...parts].map(([, quoted, index, name]) => (index === undefined ? (quoted ?? name ?? "") : Number(index)));
}
