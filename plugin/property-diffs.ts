/** Which properties differ, path by path, as the engine shows them and as `replaceOnChanges` goes by them. */
import { PropertyDiff } from "@pulumi/pulumi/proto/provider_pb";
import type { DiffResult } from "../provider/resources/handlers";
import { isRecord, type Properties } from "../provider/resources/inputs/properties";
import { isUnknown } from "../provider/resources/inputs/unknown";

type Kind = PropertyDiff.Kind;
const { Kind } = PropertyDiff;
type Row = readonly [path: string, kind: Kind];

/** Paths of inputs; replaced ones are told as such. @param olds inputs as they were */
export function inputDiffs(
  olds: Properties,
  news: Properties,
  { changed = [], replaces = [] }: DiffResult,
): readonly Row[] {
  return changed.flatMap((field) =>
    differing(field, olds[field], news[field]).map(([path, kind]): Row => [
      path,
      replaces.includes(field) ? kind + 1 : kind,
    ]),
  );
}

/** Paths of outputs in which a drift shows, as far as the outputs have a place for the member. */
export function driftDiffs(outputs: Properties, { drifted = [] }: DiffResult): readonly Row[] {
  return drifted.map((member): Row => {
    const place = ["imports", "exports", "members", "ways"].find((name) => {
      const map = outputs[name];
      return isRecord(map) && member in map;
    });
    return [place === undefined ? "skipped" : `${place}["${member}"]`, Kind.UPDATE];
  });
}

export function propertyDiff(kind: Kind, isInput: boolean): PropertyDiff {
  return new PropertyDiff().setKind(kind).setInputdiff(isInput);
}

function differing(path: string, was: unknown, is: unknown): readonly Row[] {
  if (isUnknown(is) && typeof is === "string") return [[path, Kind.UPDATE]];
  if (was === undefined || is === undefined)
    return was === is ? [] : [[path, was === undefined ? Kind.ADD : Kind.DELETE]];
  if (Array.isArray(was) && Array.isArray(is)) {
    const [old, now]: readonly (readonly unknown[])[] = [was, is];
    const longest = Math.max(old!.length, now!.length);
    return Array.from({ length: longest }).flatMap((_, at) => differing(`${path}[${at}]`, old![at], now![at]));
  }
  if (isRecord(was) && isRecord(is)) {
    const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
    return keys.flatMap((key) => differing(`${path}${step(key)}`, was[key], is[key]));
  }
  return was === is ? [] : [[path, Kind.UPDATE]];
}

function step(key: string): string {
  return /^\w+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
