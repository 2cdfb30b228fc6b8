/** What a recording cannot keep because each cluster has its own: credentials, identities, times. Words stand in their place. */
import type { ServiceExport, ServiceImport } from "../../../provider/mcs/api";
import type { KubeObject } from "../../../provider/mcs/api";
import { objectsOf } from "../../support/objects";
import type { Members } from "../clusterset-stack";
import type { ExportedState } from "../harness/index";

/** Word → value, in the clusters of this run. */
export type Words = ReadonlyMap<string, string>;

/** Of the clusters as they stand: a word for each kubeconfig, each identity, each import's UID, each export's creation. */
export async function wordsOf(members: Members): Promise<Words> {
  const words = new Map<string, string>();
  for (const id of members.ids) {
    const api = members.api(id);
    const system = (await api("GET", "/api/v1/namespaces/kube-system")) as KubeObject;
    words.set(`{{kubeconfig ${id}}}`, members.proxies[id]!.kubeconfig);
    words.set(`{{identity ${id}}}`, system.metadata.uid ?? "");
    for (const { metadata } of await objectsOf<ServiceImport>(api, "ServiceImport"))
      words.set(`{{import ${id} ${metadata.name}}}`, metadata.uid ?? "");
    for (const { metadata } of await objectsOf<ServiceExport>(api, "ServiceExport"))
      words.set(`{{exported ${id} ${metadata.name}}}`, metadata.creationTimestamp ?? "");
  }
  return words;
}

export function withWords<T>(value: T, words: Words): T {
  return exchanged(
    value,
    [...words].flatMap(([word, own]) => wrappings(word, own)),
  );
}

export function withValues<T>(value: T, words: Words): T {
  const pairs = [...words].flatMap(([word, own]) => wrappings(word, own));
  return exchanged(
    value,
    pairs.map(([own, word]) => [word, own] as const),
  );
}

/** A kubeconfig in a secret is a text in a JSON text in a JSON text: the word tells how deep, e.g. `{{kubeconfig member1|2}}`. */
function wrappings(word: string, own: string): readonly (readonly [own: string, word: string])[] {
  const depths = Array.from({ length: DEPTH }, (_, depth) => depth);
  return depths.map((depth) => [
    depths.slice(0, depth).reduce(inner, own),
    depth === 0 ? word : word.replace("}}", `|${depth}}}`),
  ]);
}

function exchanged<T>(value: T, pairs: readonly (readonly [from: string, to: string])[]): T {
  return inEveryText(value, (text) => pairs.reduce((it, [from, to]) => it.replaceAll(from, () => to), text));
}

const DEPTH = 3;

function inner(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function inEveryText<T>(value: T, change: (text: string) => string): T {
  return JSON.parse(JSON.stringify(value), (_key, it: unknown) => (typeof it === "string" ? change(it) : it)) as T;
}

/** Which programs the machine had installed is nobody's business, and would not be found on another. */
export function withoutMachine(state: ExportedState): ExportedState {
  const { plugins: _plugins, ...manifest } = (state.deployment["manifest"] ?? {}) as Record<string, unknown>;
  const { secrets_providers: _key, ...deployment } = state.deployment;
  return { version: state.version, deployment: { ...deployment, manifest } };
}
