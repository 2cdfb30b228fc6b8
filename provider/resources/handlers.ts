/** The face that the SDK's dynamic-provider process calls, and what all our handlers do alike: a deadline, and errors without stacks. */
import { oneLine } from "../mcs/printable";
import { configure, configured, type ConfigureRequest } from "./process/context";
import { within } from "./process/deadline";
import { asRefusal } from "./display/failure";
import type { Failure } from "./inputs/input-fields";
import { isRecord, type Properties } from "./inputs/properties";

export interface CheckResult {
  readonly inputs: Properties;
  readonly failures: readonly Failure[];
}

export interface DiffResult {
  readonly changes: boolean;
  readonly replaces?: readonly string[];
  readonly deleteBeforeReplace?: boolean;
}

export interface CreateResult {
  readonly id: string;
  readonly outs: Properties;
}

export interface ReadResult {
  readonly id: string;
  readonly props: Properties;
  readonly inputs?: Properties;
}

/** What one kind of resource does. None of them is told whether it runs in a preview; only `check` and `diff` always are in one, too. */
export interface Lifecycle {
  check(olds: Properties, news: Properties): Promise<CheckResult>;
  /** @param olds outputs */
  diff(id: string, olds: Properties, news: Properties): Promise<DiffResult>;
  create(inputs: Properties): Promise<CreateResult>;
  read(id: string, outputs: Properties): Promise<ReadResult>;
  update(id: string, olds: Properties, news: Properties): Promise<{ readonly outs: Properties }>;
  delete(id: string, outputs: Properties): Promise<void>;
}

export interface Handlers extends Lifecycle {
  configure(request: ConfigureRequest): Promise<void>;
}

/** Seconds. A request has its own deadline and its retries; these end what hangs beside them. `await` comes on top. */
const LOOK = 180;
const WRITE = 600;

/**
 * A reading of the clusters serves all resources while the engine asks for one after the other. After a pause it has been busy elsewhere,
 * perhaps writing the very Service that the next resource exports.
 */
const IDLE_MS = 5_000;
let lastCall = 0;

export function handlers(kind: string, lifecycle: Lifecycle): Handlers {
  const run = async <T>(method: string, seconds: number, work: () => Promise<T>): Promise<T> => {
    const now = Date.now();
    if (now - lastCall > IDLE_MS) configured()?.fleet.expire();
    lastCall = now;
    try {
      return await within(seconds, `${kind}: ${method} did not end within ${seconds} s; try again`, work());
    } catch (error) {
      throw asRefusal(error);
    } finally {
      lastCall = Date.now();
    }
  };
  return {
    configure: async (request) => configure(request),
    check: (olds, news) => run("check", LOOK, async () => printable(await lifecycle.check(olds, news))),
    diff: (id, olds, news) => run("diff", LOOK, () => lifecycle.diff(id, olds, news)),
    create: (inputs) => run("create", WRITE + patience(inputs), () => lifecycle.create(inputs)),
    read: (id, outputs) => run("read", WRITE, () => lifecycle.read(id, outputs)),
    update: (id, olds, news) => run("update", WRITE + patience(news), () => lifecycle.update(id, olds, news)),
    delete: (id, outputs) => run("delete", WRITE, () => lifecycle.delete(id, outputs)),
  };
}

/** The engine prints the reasons as they are. */
function printable({ inputs, failures }: CheckResult): CheckResult {
  return { inputs, failures: failures.map(({ property, reason }) => ({ property, reason: oneLine(reason) })) };
}

function patience({ await: wait }: Properties): number {
  return isRecord(wait) && typeof wait.timeoutSeconds === "number" ? wait.timeoutSeconds : 0;
}
