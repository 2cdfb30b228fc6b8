// Property values as they travel and as they are kept: JSON in which a signature key marks secrets and references.
import { isDeepStrictEqual } from "node:util";
import { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb.js";
import { NotCovered } from "./not-covered.js";

export type Value = null | boolean | number | string | Value[] | Props;
export interface Props {
  [key: string]: Value;
}

/** Stands for what a preview cannot know. The plugin protocol's own string. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The key whose value tells what an object stands for, and its values. Fixed by the protocol and the state format. */
export const signature = "4dabf18193072939515e22adb298388d";
export const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const resourceSignature = "5cf8f73096256a8f31e491e813e4eb8e";
const uncoveredSignatures: Readonly<Record<string, string>> = {
  c44067f5952c0a294b673a41bacd8c17: "assets",
  "0def7320c3a5731c473e5ecbe6d01bc7": "archives",
  d0e6a833031e9bbcd3f4e8bde6ca49a4: "output values",
};

export function isProps(value: Value | undefined): value is Props {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isSecret(value: Value | undefined): value is Props {
  return isProps(value) && value[signature] === secretSignature;
}

/** An already secret value stays as it is. */
export function makeSecret(value: Value): Value {
  return isSecret(value) ? value : { [signature]: secretSignature, value };
}

export function containsSecret(value: Value): boolean {
  return isSecret(value) || children(value).some(containsSecret);
}

export function containsUnknown(value: Value): boolean {
  return value === unknown || children(value).some(containsUnknown);
}

/** The value with all secrets in it in clear: for providers, and for comparing. */
export function unwrap<T extends Value>(value: T): T;
export function unwrap(value: Value): Value {
  if (isSecret(value)) return unwrap(value.value ?? null);
  return mapChildren(value, unwrap);
}

/** For a provider that takes neither secrets nor references: a reference becomes the id, or the URN of a component. */
export function forProvider(props: Props): Props {
  return mapProps(props, plain);
}

function plain(value: Value): Value {
  if (isSecret(value)) return plain(value.value ?? null);
  if (isProps(value) && value[signature] === resourceSignature) return plain(value.id ?? value.urn ?? null);
  return mapChildren(value, plain);
}

/**
 * Marks in `outs` what is secret in `ins` under the same key. Objects are compared key by key; a list that holds a
 * secret makes the whole list secret, since a provider may have changed its order.
 */
export function annotateSecrets(outs: Props, ins: Props): Props {
  return Object.fromEntries(
    Object.entries(outs).map(([key, out]) => {
      const given = ins[key];
      if (given === undefined) return [key, out];
      if (isProps(out) && isProps(given) && !isSecret(out) && !isSecret(given))
        return [key, annotateSecrets(out, given)];
      return [key, containsSecret(given) ? makeSecret(out) : out];
    }),
  );
}

export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  return isDeepStrictEqual(a, b);
}

/** @throws NotCovered for assets, archives and output values */
export function fromStruct(struct: Struct | undefined): Props {
  const props = (struct?.toJavaScript() ?? {}) as Props;
  refuseUncovered(props);
  return props;
}

export function toStruct(props: Props): Struct {
  return Struct.fromJavaScript(props as Record<string, JavaScriptValue>);
}

function refuseUncovered(value: Value): void {
  if (isProps(value) && typeof value[signature] === "string") {
    const what = uncoveredSignatures[value[signature]];
    if (what) throw new NotCovered(what);
  }
  children(value).forEach(refuseUncovered);
}

function children(value: Value): Value[] {
  if (Array.isArray(value)) return value;
  return isProps(value) ? Object.values(value) : [];
}

function mapChildren(value: Value, change: (value: Value) => Value): Value {
  if (Array.isArray(value)) return value.map(change);
  return isProps(value) ? mapProps(value, change) : value;
}

function mapProps(props: Props, change: (value: Value) => Value): Props {
  return Object.fromEntries(Object.entries(props).map(([key, value]) => [key, change(value)]));
}
