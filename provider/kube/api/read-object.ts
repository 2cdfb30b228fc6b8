/** One object of an answer, taken for what was asked for, or not at all: the one way in for lists, single objects and watches. */
import type { KubeObject } from "../../mcs/api";
import { type Action, error } from "../http/api-errors";
import { isNamed, isObjectOf, type Wanted } from "./answer-shapes";
import { hasShape } from "./object-shapes";
import { withWholeConditions } from "./old-conditions";

/** Which object it is must fit what was asked for: a member does not answer for another object, namespace or kind. Throws MemberError. */
export function readObject(action: Action, body: unknown, wanted: Wanted): KubeObject {
  const { type, ref, metadataOnly } = wanted;
  if (!isObjectOf(body, wanted) || !hasShape(type.kind, body, { metadataOnly }) || !isNamed(body, ref)) {
    throw notOfTheApi(action, "its answer is not an object of it");
  }
  const object = { ...body, apiVersion: type.apiVersion, kind: type.kind };
  return type.kind === "ServiceExport" || type.kind === "ServiceImport" ? withWholeConditions(object) : object;
}

/** As it is kept of a list or a watch. */
export function asRead(object: KubeObject, metadataOnly: boolean): KubeObject {
  const { apiVersion, kind, metadata } = object;
  return metadataOnly ? { apiVersion, kind, metadata } : withoutManagedFields(object);
}

/** A third of a list's memory, and of use only where content is not read: see `listMetadata`. */
function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields, ...metadata } = object.metadata;
  return managedFields === undefined ? object : { ...object, metadata };
}

/** @param why ours, never what the server said */
export function notOfTheApi(action: Action, why: string) {
  return error(action, "unreachable", `${action.server} is not a Kubernetes API (${why})`);
}
