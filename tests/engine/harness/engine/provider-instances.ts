// The provider instances of one pass, and the provider of provider resources: their records are made here.
import { randomUUID } from "node:crypto";
import type { Provider, Subject } from "./provider.js";
import { DynamicProvider } from "./plugin.js";
import type { PluginHost } from "./plugin-process.js";
import { builtinProvider } from "./builtin.js";
import type { ReadStack } from "./builtin.js";
import { NotCovered } from "./not-covered.js";
import { parseReference, providerTypePrefix } from "./resource.js";
import type { ResourceState } from "./resource.js";
import { typeOf } from "../urn.js";
import { sameValue, unknown } from "./values.js";
import type { Props } from "./values.js";

/** What the engine keeps beside the configuration among a provider's inputs. */
const engineKeys = new Set(["version", "pluginDownloadURL", "__internal"]);

/**
 * One instance a provider resource. A changed configuration gives a new instance, and with it a new process, under the
 * same reference: the resources stay as they are.
 */
export class ProviderInstances implements Provider {
  private readonly instances = new Map<string, Provider>();

  constructor(
    private readonly host: PluginHost,
    private readonly readStack: ReadStack,
  ) {}

  /** @param reference `urn::id` */
  get(reference: string): Provider | undefined {
    return this.instances.get(reference);
  }

  /** The instance with the configuration of the last `up`, for what runs before or without the program. */
  ensure(reference: string, olds: readonly ResourceState[]): void {
    if (!reference || this.instances.has(reference)) return;
    const { urn, id } = parseReference(reference);
    const state = olds.find((old) => old.urn === urn && old.id === id);
    if (!state) throw new Error(`unknown provider '${reference}'`);
    this.same(state);
  }

  same(state: ResourceState): void {
    const reference = `${state.urn}::${state.id}`;
    if (!this.instances.has(reference))
      this.instances.set(reference, this.make(state.urn, configuration(state.inputs)));
  }

  async check(urn: string, _olds: Props, news: Props) {
    coveredPackage(urn);
    return { inputs: news, failures: [] };
  }

  /** Never a replacement: a dynamic provider does not answer DiffConfig. */
  async diff(subject: Subject, newInputs: Props) {
    const same = sameValue(subject.oldOutputs, configuration(newInputs));
    return { changes: same ? ("none" as const) : ("some" as const), replaces: [], deleteBeforeReplace: false };
  }

  async create(urn: string, inputs: Props, dryRun: boolean) {
    const id = dryRun ? unknown : randomUUID();
    const outputs = configuration(inputs);
    this.instances.set(`${urn}::${id}`, this.make(urn, outputs));
    return { id, outputs };
  }

  async read(): Promise<never> {
    throw new Error("provider resources may not be read");
  }

  async update(subject: Subject, newInputs: Props) {
    const reference = `${subject.urn}::${subject.id}`;
    const before = this.instances.get(reference);
    const outputs = configuration(newInputs);
    this.instances.set(reference, this.make(subject.urn, outputs));
    await close(before);
    return { outputs };
  }

  async delete(subject: Subject): Promise<void> {
    const reference = `${subject.urn}::${subject.id}`;
    await close(this.instances.get(reference));
    this.instances.delete(reference);
  }

  /** Ends all processes. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.instances.values()].map(close));
    this.instances.clear();
  }

  private make(urn: string, config: Props): Provider {
    return coveredPackage(urn) === "pulumi" ? builtinProvider(this.readStack) : new DynamicProvider(this.host, config);
  }
}

async function close(provider: Provider | undefined): Promise<void> {
  if (provider instanceof DynamicProvider) await provider.close();
}

function configuration(inputs: Props): Props {
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => !engineKeys.has(key)));
}

function coveredPackage(urn: string): "pulumi" | "pulumi-nodejs" {
  const name = typeOf(urn).slice(providerTypePrefix.length);
  if (name === "pulumi" || name === "pulumi-nodejs") return name;
  throw new NotCovered(`providers of package ${name}`);
}
