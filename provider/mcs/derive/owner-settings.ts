/**
 * What the owner of an import asks for and no other field of it tells: written on the import, so that whoever keeps it current between two runs of
 * its owner writes the very same. Only what is not the default is written.
 */
import type { ServiceImport } from "../api";
import { canonical } from "../canonical";
import { ANNOTATION } from "../marks";
import type { UnreachablePolicy } from "../outage/outages";
import { DEFAULT_ENDPOINTS_PER_SLICE } from "./imported-slices";

export interface OwnerSettings {
  /** Default hold. */
  readonly unreachable?: UnreachablePolicy;
  /** 1 to 1000, default 100. */
  readonly maxEndpointsPerSlice?: number;
  /** Members whose exports are merged, sorted; absent: every one. */
  readonly sources?: readonly string[];
}

/** The import with the settings on it, or without the annotation where all of them are the default. */
export function recordSettings(of: ServiceImport, settings: OwnerSettings): ServiceImport {
  const { [ANNOTATION.settings]: before, ...annotations } = { ...of.metadata.annotations };
  const text = settingsText(settings);
  if (text === before) return of;
  return {
    ...of,
    metadata: {
      ...of.metadata,
      annotations: { ...annotations, ...(text !== undefined && { [ANNOTATION.settings]: text }) },
    },
  };
}

function settingsText({ unreachable, maxEndpointsPerSlice, sources }: OwnerSettings): string | undefined {
  const told = {
    ...(unreachable && unreachable.do !== "hold" && { unreachable }),
    ...(maxEndpointsPerSlice !== undefined &&
      maxEndpointsPerSlice !== DEFAULT_ENDPOINTS_PER_SLICE && { maxEndpointsPerSlice }),
    ...(sources && { sources }),
  };
  return Object.keys(told).length > 0 ? canonical(told) : undefined;
}

/** What somebody edited into nonsense is as good as nothing, each setting by itself. */
export function recordedSettings(live: ServiceImport | undefined): OwnerSettings {
  const told = parsed(live?.metadata.annotations?.[ANNOTATION.settings]);
  const unreachable = policyIn(told.unreachable);
  const { maxEndpointsPerSlice: most, sources } = told;
  return {
    ...(unreachable && { unreachable }),
    ...(Number.isInteger(most) && Number(most) >= 1 && Number(most) <= 1_000 && { maxEndpointsPerSlice: Number(most) }),
    ...(isTexts(sources) && { sources: [...sources].sort() }),
  };
}

function parsed(json: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json ?? "{}");
    return value !== null && typeof value === "object" ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((it) => typeof it === "string");
}

function policyIn(value: unknown): UnreachablePolicy | undefined {
  const { do: what, afterSeconds: after } = (value ?? {}) as { readonly do?: unknown; readonly afterSeconds?: unknown };
  if (what === "hold" || what === "notReady" || what === "fail") return { do: what };
  return what === "drop" && typeof after === "number" && after >= 0 ? { do: "drop", afterSeconds: after } : undefined;
}
