// One pass from its beginning to its result: server, providers, program, and the end of them all.
import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import type { Project } from "../project.js";
import type { OperationResult } from "../stack-driver.js";
import type { ReadStack } from "./builtin.js";
import { asInputs } from "./config.js";
import type { ConfigValues } from "./config.js";
import { destroy } from "./destroy.js";
import { engineService } from "./engine-service.js";
import { channelOptions, listen } from "./grpc.js";
import { monitorService } from "./monitor.js";
import type { Registrar } from "./monitor.js";
import { onInterrupt } from "../interrupt.js";
import { NotCovered } from "./not-covered.js";
import type { Pass } from "./pass.js";
import { startProgram } from "./program.js";
import { ProviderInstances } from "./provider-instances.js";
import { Recorder } from "./recorder.js";
import { refresh } from "./refresh.js";
import { Snapshot } from "./snapshot.js";
import type { StateFile } from "./state-file.js";
import { update } from "./update.js";
import type { Props } from "./values.js";

export type Verb = "update" | "refresh" | "destroy";

export interface OperationParts {
  readonly verb: Verb;
  readonly dryRun: boolean;
  readonly project: Project;
  readonly stack: string;
  readonly state: StateFile;
  readonly config: ConfigValues;
  readonly env: Readonly<Record<string, string>>;
  /** Reads all resources before the program runs. */
  readonly refreshFirst: boolean;
  readonly targets?: ReadonlySet<string>;
  readonly replaceTargets: ReadonlySet<string>;
  readonly readStack: ReadStack;
  readonly onLine?: (line: string) => void;
}

export class Operation {
  private readonly recorder: Recorder;
  private readonly server = new grpc.Server(channelOptions);
  private readonly env: Readonly<Record<string, string | undefined>>;
  private readonly halt = new AbortController();

  constructor(private readonly parts: OperationParts) {
    const { verb, dryRun, stack } = parts;
    const doing = { update: "Updating", refresh: "Refreshing", destroy: "Destroying" }[verb];
    this.recorder = new Recorder(dryRun ? `Previewing ${verb} (${stack})` : `${doing} (${stack})`, parts.onLine);
    const own = Object.entries(process.env).filter(([key]) => !key.startsWith("PULUMI_"));
    this.env = { ...Object.fromEntries(own), ...parts.env };
  }

  async run(): Promise<OperationResult> {
    const interrupted = onInterrupt(() => this.halt.abort());
    this.server.addService(EngineService, engineService(this.recorder));
    let registrar: Registrar | undefined;
    this.server.addService(ResourceMonitorService, monitorService(late(() => registrar)));
    const address = await listen(this.server);
    const pass = this.pass(address);
    try {
      const fine = await this.work(pass, address, (given) => (registrar = given));
      if (interrupted.seen) this.recorder.log("error", `${this.parts.dryRun ? "preview" : "update"} canceled`);
      return this.recorder.result(fine && !this.halt.signal.aborted);
    } catch (error) {
      this.recorder.log("error", error instanceof Error ? error.message : String(error));
      return this.recorder.result(false);
    } finally {
      interrupted.forget();
      await pass.providers.closeAll();
      this.server.forceShutdown();
    }
  }

  private async work(pass: Pass, address: string, serve: (registrar: Registrar) => void): Promise<boolean> {
    if (this.parts.verb === "destroy") return destroy(pass);
    if (this.parts.verb === "refresh") return refresh(pass);
    if (this.parts.refreshFirst && !(await refresh(pass))) return false;
    if (this.halt.signal.aborted) return false;
    const { project, stack, config, dryRun } = this.parts;
    return update({
      pass,
      defaultConfig: (name) => defaultConfig(name, config),
      start: async (registrar) => {
        serve(registrar);
        return startProgram({ project, stack, config, dryRun, env: this.env, address, onOutput: this.output });
      },
    });
  }

  private pass(engineAddress: string): Pass {
    const { project, dryRun, state } = this.parts;
    const { name: projectName, programDirectory } = project;
    const host = { projectName, programDirectory, env: this.env, engineAddress, onOutput: this.output };
    return {
      dryRun,
      project: projectName,
      stack: this.parts.stack,
      providers: new ProviderInstances(host, this.parts.readStack),
      snapshot: new Snapshot(state.load(), dryRun ? undefined : state),
      recorder: this.recorder,
      halt: this.halt,
      ...(this.parts.targets ? { targets: this.parts.targets } : {}),
      replaceTargets: this.parts.replaceTargets,
      refreshing: this.parts.verb === "refresh",
    };
  }

  private readonly output = (severity: "info" | "info#err", line: string): void => {
    this.recorder.log(severity, line);
  };
}

/** The server must listen before there is anybody to register with. */
function late(current: () => Registrar | undefined): Registrar {
  const now = (): Registrar => {
    const registrar = current();
    if (!registrar) throw new Error("no program is running");
    return registrar;
  };
  return {
    register: (goal) => now().register(goal),
    read: (goal) => now().read(goal),
    registerOutputs: (urn, outputs) => now().registerOutputs(urn, outputs),
    refuse: (error) => now().refuse(error),
  };
}

/** A default dynamic provider is given the whole configuration of the stack; other packages the keys of their name. */
function defaultConfig(packageName: string, config: ConfigValues): Props {
  if ("pulumi:disable-default-providers" in config.clear)
    throw new NotCovered("the configuration pulumi:disable-default-providers");
  if (packageName === "pulumi-nodejs") return asInputs(config);
  const own = Object.entries(asInputs(config)).filter(([key]) => key.startsWith(`${packageName}:`));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(packageName.length + 1), value]));
}
