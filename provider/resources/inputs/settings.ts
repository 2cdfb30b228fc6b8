/** Settings of a clusterset: one table, for the membership's check and for the handlers. */
import { checkFields, type Fields } from "./input-fields";
import { isRecord } from "./properties";
import { dnsLabel, flag, oneOf, type Rule, text, whole } from "./rules";
import { unreachableFields, type UnreachableArgs } from "./unreachable-policy";

export interface Settings extends UnreachableArgs {
  /** Of the clusterset, as its members know it. */
  readonly name?: string;
  readonly crds: "install" | "require";
  readonly removeCrdsOnDestroy: boolean;
  readonly refresh: "reconcile" | "observe";
  readonly unreachable: NonNullable<UnreachableArgs["unreachable"]>;
  readonly forgetUnreachable: boolean;
  /** Prove the network with pods when the clusterset is made or changed. */
  readonly verify?: Verify;
  /** Of one request. */
  readonly requestTimeoutSeconds: number;
}

export type Verify = boolean | { readonly image?: string; readonly namespace?: string };

const verifying: Fields<unknown> = { image: { rule: text }, namespace: { rule: dnsLabel } };

const verify: Rule<Verify> = (value) => {
  if (typeof value === "boolean") return { value };
  if (!isRecord(value)) return { reason: "must be true, false, or an object with image and namespace" };
  const stranger = Object.keys(value).find((key) => !Object.hasOwn(verifying, key));
  if (stranger !== undefined) return { reason: `has no "${stranger}"; it may have image and namespace` };
  const { inputs, failures } = checkFields(verifying, value, undefined);
  const [first] = failures;
  return first === undefined ? { value: inputs as Verify } : { reason: `${first.property} ${first.reason}` };
};

export const SETTINGS: Fields<unknown> = {
  name: { rule: dnsLabel },
  crds: { rule: oneOf("install", "require"), fallback: "install" },
  removeCrdsOnDestroy: { rule: flag, fallback: false },
  refresh: { rule: oneOf("reconcile", "observe"), fallback: "reconcile" },
  ...unreachableFields,
  unreachable: { ...unreachableFields.unreachable!, fallback: "hold" },
  forgetUnreachable: { rule: flag, fallback: false },
  // Without a default: a state of before has none, and is to stay as it is.
  verify: { rule: verify },
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
