/** Settings of a clusterset: one table, for the membership's check and for the handlers. */
import { checkFields, type Fields } from "./input-fields";
import { isRecord } from "./properties";
import { dnsLabel, flag, oneOf, whole } from "./rules";
import { unreachableFields, type UnreachableArgs } from "./unreachable-policy";

export interface Settings extends UnreachableArgs {
  /** Of the clusterset, as its members know it. */
  readonly name?: string;
  readonly crds: "install" | "require";
  readonly removeCrdsOnDestroy: boolean;
  readonly refresh: "reconcile" | "observe";
  readonly unreachable: NonNullable<UnreachableArgs["unreachable"]>;
  readonly forgetUnreachable: boolean;
  /** Of one request. */
  readonly requestTimeoutSeconds: number;
}

export const SETTINGS: Fields<unknown> = {
  name: { rule: dnsLabel },
  crds: { rule: oneOf("install", "require"), fallback: "install" },
  removeCrdsOnDestroy: { rule: flag, fallback: false },
  refresh: { rule: oneOf("reconcile", "observe"), fallback: "reconcile" },
  ...unreachableFields,
  unreachable: { ...unreachableFields.unreachable!, fallback: "hold" },
  forgetUnreachable: { rule: flag, fallback: false },
  // Several requests in a row, each to its deadline, must end before a resource's own does (resources/handlers.ts).
  requestTimeoutSeconds: { rule: whole(1, 120), fallback: 30 },
};

/** What is wrong has been refused by the membership's check before any handler reads it: here it gives way to the default. */
export function parseSettings(json: string | undefined): Settings {
  const given: unknown = JSON.parse(json || "{}");
  const { inputs, failures } = checkFields(SETTINGS, isRecord(given) ? given : {}, undefined);
  const defaults = Object.fromEntries(failures.map(({ property }) => [property, SETTINGS[property]?.fallback]));
  return { ...inputs, ...defaults } as unknown as Settings;
}
