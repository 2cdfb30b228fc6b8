/** PURE. Who else makes exports and imports, by the marks that they leave on objects. For people only: nothing is decided by it. */
import type { KubeObject } from "../../mcs/api";
import { ANNOTATION, LABEL } from "../../mcs/marks";

/** Domain of keys, of finalizers and of managed-by values → whose it is. A domain stands for its subdomains, too. */
const IMPLEMENTATIONS: Readonly<Record<string, string>> = {
  "cilium.io": "Cilium",
  "karmada.io": "Karmada",
  "submariner.io": "Submariner",
  "submariner-io": "Submariner",
  "multicluster.k8s.aws": "AWS Cloud Map",
  "gke.io": "GKE",
  "antrea.io": "Antrea",
  "fleet.azure.com": "Azure Fleet",
  "linkerd.io": "Linkerd",
  "liqo.io": "Liqo",
};

/** Tools that apply what a person wrote. */
const APPLIERS: Readonly<Record<string, string>> = {
  "argoproj.io": "Argo CD",
  "fluxcd.io": "Flux",
  "helm.sh": "Helm",
  "carvel.dev": "kapp",
  "k14s.io": "kapp",
};

/** E.g. "Cilium": by keys of labels and annotations, by finalizers, and by who manages a slice. */
export function implementationOf(objects: readonly (KubeObject | undefined)[]): string | undefined {
  return named(IMPLEMENTATIONS, objects);
}

/** E.g. "Flux". */
export function applierOf(object: KubeObject): string | undefined {
  return named(APPLIERS, [object]);
}

/** Somebody has given the import a Service: the KEP's annotation, which a person does not write. */
export function isServedByAnother(object: KubeObject): boolean {
  return object.metadata.annotations?.[ANNOTATION.derivedService] !== undefined;
}

function named(
  table: Readonly<Record<string, string>>,
  objects: readonly (KubeObject | undefined)[],
): string | undefined {
  for (const object of objects) {
    for (const mark of object ? marksOf(object) : []) {
      const domain = domainsOf(mark).find((it) => Object.hasOwn(table, it));
      if (domain !== undefined) return table[domain];
    }
  }
  return undefined;
}

function marksOf({ metadata }: KubeObject): readonly string[] {
  const { labels = {}, annotations = {}, finalizers = [] } = metadata;
  const manager = labels[LABEL.sliceManagedBy];
  const keys = [...Object.keys(labels), ...Object.keys(annotations), ...finalizers].map((key) => key.split("/")[0]!);
  return [...(manager === undefined ? [] : [manager]), ...keys];
}

/** A longer one is no key, and taking it apart would cost its square. */
const PREFIX_MAX = 253;

/** `a.b.c`, `b.c`, `c`. */
function domainsOf(prefix: string): readonly string[] {
  if (prefix.length > PREFIX_MAX) return [];
  const labels = prefix.toLowerCase().split(".");
  return labels.map((_, at) => labels.slice(at).join("."));
}
