// What the program asked for with one registration, read from the request; what is beyond the test engine is refused.
import type { RegisterResourceRequest, ReadResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import type { Alias as AliasMessage } from "@pulumi/pulumi/proto/alias_pb.js";
import { NotCovered } from "./not-covered.js";
import { fromStruct } from "./values.js";
import type { Props } from "./values.js";

/** A former name: a whole URN, or the parts in which it differed. */
export type Alias =
  | { readonly urn: string }
  | {
      readonly name: string;
      readonly type: string;
      readonly project: string;
      readonly stack: string;
      /** Absent: the parent of now. Empty: it had none. */
      readonly parent?: string;
    };

export interface Goal {
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly parent: string;
  readonly inputs: Props;
  /** `urn::id`, or empty: the default provider's. */
  readonly provider: string;
  /** Package to provider reference, for the children of a component. */
  readonly providers: Readonly<Record<string, string>>;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  /** Absent: as the parent's. */
  readonly protect?: boolean;
  /** Absent: as the parent's. */
  readonly retainOnDelete?: boolean;
  /** Absent: as `diff` says. */
  readonly deleteBeforeReplace?: boolean;
  readonly ignoreChanges: readonly string[];
  readonly hideDiff: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  readonly aliases: readonly Alias[];
}

/** @throws NotCovered for an option that would change what happens and is not copied here */
export function readGoal(request: RegisterResourceRequest): Goal {
  refuseUncovered(request);
  const inputs = fromStruct(request.getObject());
  const dependencies = request.getDependenciesList().sort();
  const protect = request.hasProtect() ? { protect: request.getProtect() } : {};
  const retain = request.hasRetainondelete() ? { retainOnDelete: request.getRetainondelete() } : {};
  const replaceOrder = request.getDeletebeforereplacedefined() || request.getDeletebeforereplace();
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    parent: request.getParent(),
    inputs,
    provider: request.getProvider(),
    providers: Object.fromEntries(request.getProvidersMap().toObject()),
    dependencies,
    propertyDependencies: propertyDependencies(request, Object.keys(inputs), dependencies),
    ...protect,
    ...retain,
    ...(replaceOrder ? { deleteBeforeReplace: request.getDeletebeforereplace() } : {}),
    ignoreChanges: request.getIgnorechangesList(),
    hideDiff: request.getHidediffsList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    aliases: [
      ...request.getAliasurnsList().map((urn) => ({ urn })),
      ...request.getAliasesList().map((alias) => readAlias(alias, request.getAliasspecs())),
    ],
  };
}

/** What a program reads rather than makes: `Resource.get`, a stack reference. */
export interface ReadGoal extends Pick<
  Goal,
  "type" | "name" | "parent" | "inputs" | "provider" | "dependencies" | "additionalSecretOutputs"
> {
  readonly id: string;
}

export function readReadGoal(request: ReadResourceRequest): ReadGoal {
  return {
    id: request.getId(),
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent(),
    inputs: fromStruct(request.getProperties()),
    provider: request.getProvider(),
    dependencies: request.getDependenciesList().sort(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
  };
}

/** An SDK that does not tell the dependencies of each property means that every one has them all. */
function propertyDependencies(request: RegisterResourceRequest, keys: readonly string[], all: readonly string[]) {
  const told = request.getPropertydependenciesMap();
  if (told.getLength() === 0) return Object.fromEntries(keys.map((key) => [key, all]));
  const entries: [string, string[]][] = [];
  told.forEach((value, key) => entries.push([key, value.getUrnsList().sort()]));
  return Object.fromEntries(entries);
}

/** Node SDKs before alias specs wrote "no parent" as an absent one. */
function readAlias(alias: AliasMessage, specs: boolean): Alias {
  const spec = alias.getSpec();
  if (!spec) return { urn: alias.getUrn() };
  if (!specs) throw new NotCovered("aliases of an SDK without alias specs");
  const parent = spec.getNoparent() ? { parent: "" } : spec.getParenturn() ? { parent: spec.getParenturn() } : {};
  return { name: spec.getName(), type: spec.getType(), project: spec.getProject(), stack: spec.getStack(), ...parent };
}

function refuseUncovered(request: RegisterResourceRequest): void {
  const about = `${request.getType()} "${request.getName()}"`;
  const uncovered: readonly (readonly [string, boolean])[] = [
    ["a component of another language", request.getRemote()],
    ["import", request.getImportid() !== ""],
    ["replaceOnChanges", request.getReplaceonchangesList().length > 0],
    ["deletedWith", request.getDeletedwith() !== ""],
    ["replaceWith", request.getReplaceWithList().length > 0],
    ["replacementTrigger", request.hasReplacementTrigger()],
    ["transforms", request.getTransformsList().length > 0],
    ["hooks", request.hasHooks()],
    ["a package reference", request.getPackageref() !== ""],
  ];
  for (const [option, used] of uncovered) if (used) throw new NotCovered(`${option} of ${about}`);
}
