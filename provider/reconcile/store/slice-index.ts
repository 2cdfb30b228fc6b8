/** Slices by what they belong to: those that feed a Service, and of those with our mark the import that they were made for. */
import type { EndpointSlice, KubeObject, Service } from "../../mcs/api";
import { ANNOTATION, isOurs, LABEL } from "../../mcs/marks";
import { Groups } from "./indexes";
import { objectKey } from "../../mcs/object-key";

export class SliceIndex {
  readonly #sources = new Groups<EndpointSlice>();
  readonly #imported = new Groups<KubeObject>();
  /** Those that only the Service which they feed tells an import of, by that Service. */
  readonly #byFed = new Groups<KubeObject>();
  /** Slice → the group in which it was put: what the Service says may be another one by now. */
  readonly #groupOf = new Map<string, string>();
  readonly #service: (key: string) => Service | undefined;

  /** See `Snapshot`. */
  readonly sources = this.#sources.all;
  readonly imported = this.#imported.all;

  constructor(service: (key: string) => Service | undefined) {
    this.#service = service;
  }

  sourceChanged(before: EndpointSlice | undefined, after: EndpointSlice | undefined): void {
    if (before) this.#sources.remove(fedBy(before), before);
    if (after) this.#sources.add(fedBy(after), after);
  }

  importedChanged(before: KubeObject | undefined, after: KubeObject | undefined): void {
    if (before) {
      this.#imported.remove(this.#groupOf.get(objectKey(before)) ?? "", before);
      if (toldImport(before) === undefined) this.#byFed.remove(fedBy(before), before);
      this.#groupOf.delete(objectKey(before));
    }
    if (after) {
      if (toldImport(after) === undefined) this.#byFed.add(fedBy(after), after);
      this.#put(after);
    }
  }

  serviceChanged(key: string): void {
    for (const slice of this.#byFed.of(key)) {
      this.#imported.remove(this.#groupOf.get(objectKey(slice)) ?? "", slice);
      this.#put(slice);
    }
  }

  #put(slice: KubeObject): void {
    const name = toldImport(slice) ?? importStoodFor(this.#service(fedBy(slice))) ?? "";
    const group = `${slice.metadata.namespace}/${name}`;
    this.#groupOf.set(objectKey(slice), group);
    this.#imported.add(group, slice);
  }
}

function fedBy({ metadata: { namespace, labels } }: KubeObject): string {
  return `${namespace}/${labels?.[LABEL.serviceName] ?? ""}`;
}

/** By the owner first: a label is easily edited, and a slice that nobody looks for any more would feed its Service for ever. */
function toldImport({ metadata }: KubeObject): string | undefined {
  const owner = metadata.ownerReferences?.find(({ kind }) => kind === "ServiceImport");
  return owner?.name ?? metadata.labels?.[LABEL.importName];
}

/**
 * Who gives a derived Service a selector makes Kubernetes fill slices of its own for it. They carry the Service's labels, our mark among them, and
 * stay when the selector goes: pods of this cluster would go on answering for the others.
 */
function importStoodFor(derived: Service | undefined): string | undefined {
  return isOurs(derived) ? derived?.metadata.annotations?.[ANNOTATION.importRef]?.split("/").at(-1) : undefined;
}
