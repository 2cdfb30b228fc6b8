/** The face that the SDK's dynamic-provider process calls, and what all our handlers do alike: a deadline, and errors without stacks. */
import { oneLine } from "../mcs/printable";
import { configure, configured, type ConfigureRequest } from "./process/context";
import { outstandingText } from "../reconcile/observe/outstanding";
import { asRefusal } from "./display/failure";
import { customTimeout } from "./process/custom-timeouts";
import { takeDependenciesDone } from "./process/as-of";
import { inTime } from "./process/request-time";
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
  /** Inputs that are others than before. For the plugin: the SDK's protocol has no place for them. */
  readonly changed?: readonly string[];
  /** Members in which something would be written. For the plugin, as `changed`. */
  readonly drifted?: readonly string[];
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
  /**
   * The outputs that `create`, or `update` of `olds`, would give, as far as they can be known; `UNKNOWN` where they cannot. Never writes. For the plugin's previews: the
   * SDK's protocol asks nothing of the kind.
   */
  foretell(news: Properties, olds?: Properties): Promise<Properties>;
  /**
   * What is there already under this id, to be taken into a stack (`pulumi import`). An empty id where nothing is. Never writes. For the plugin, as `foretell`.
   * @param hidden what the engine tells of the resource beside its inputs
   */
  import(id: string, hidden: Properties): Promise<ReadResult>;
}

export interface Handlers extends Lifecycle {
  configure(request: ConfigureRequest): Promise<void>;
  /** As `diff`, with all that a lifecycle knows of it, and nothing that only the dynamic provider needs. */
  fullDiff: Lifecycle["diff"];
}

export interface Deadlines {
  readonly look: number;
  readonly write: number;
}

/**
 * Seconds. A request, and the reading of a member, have their own deadlines (reconcile/observe/patience.ts); a look waits for two readings and five
 * further things at most. These end what hangs beside them. `await` comes on top. `customTimeouts` of the program
 * take the place of those of writes.
 */
const DEADLINES: Deadlines = { look: 300, write: 600 };

/**
 * A reading of the clusters serves all resources while the engine asks for one after the other. After a pause it has been busy elsewhere,
 * perhaps writing the very Service that the next resource exports.
 */
const IDLE_MS = 5_000;
let lastCall = 0;

export function handlers(kind: string, lifecycle: Lifecycle, { look, write } = DEADLINES): Handlers {
  const run = async <T>(method: string, seconds: number, work: () => Promise<T>): Promise<T> => {
    const now = Date.now();
    if (now - lastCall > IDLE_MS) configured()?.fleet.expire();
    lastCall = now;
    try {
      return await inTime(seconds, () => late(`${kind}: ${method}`, seconds), work);
    } catch (error) {
      throw asRefusal(error);
    } finally {
      lastCall = Date.now();
    }
  };
  return {
    configure: async (request) => configure(request),
    check: (olds, news) =>
      run("check", look, async () => printable(await lifecycle.check(olds, takeDependenciesDone(configured(), news)))),
    diff: (id, olds, news) => run("diff", look, async () => healing(olds, news, await lifecycle.diff(id, olds, news))),
    fullDiff: (id, olds, news) => run("diff", look, () => lifecycle.diff(id, olds, news)),
    create: (inputs) =>
      run("create", customTimeout(inputs, "create") ?? write + patience(inputs), () => lifecycle.create(inputs)),
    read: (id, outputs) => run("read", write, () => lifecycle.read(id, outputs)),
    update: (id, olds, news) =>
      run("update", customTimeout(news, "update") ?? write + patience(news), () => lifecycle.update(id, olds, news)),
    delete: (id, outputs) =>
      run("delete", customTimeout(outputs, "delete") ?? write, () => lifecycle.delete(id, outputs)),
    foretell: (news, olds) => run("preview", look, () => lifecycle.foretell(news, olds)),
    import: (id, hidden) => run("import", look, () => lifecycle.import(id, hidden)),
  };
}

function late(what: string, seconds: number): Error {
  const fleet = configured()?.fleet;
  const open = fleet ? outstandingText(fleet.outstanding(), fleet.clock()) : "";
  return new Error(`${what} did not end within ${seconds} s${open && `: still waiting for ${open}`}; run again`);
}

/**
 * A state that the plugin wrote has no text that leads to handlers: without an update, which stores it, the next refresh or destroy would find none.
 */
function healing(
  olds: Properties,
  news: Properties,
  { changed: _changed, drifted: _drifted, ...result }: DiffResult,
): DiffResult {
  return news.__provider !== undefined && olds.__provider === undefined ? { ...result, changes: true } : result;
}

/** The engine prints the reasons as they are. */
function printable({ inputs, failures }: CheckResult): CheckResult {
  return { inputs, failures: failures.map(({ property, reason }) => ({ property, reason: oneLine(reason) })) };
}

function patience({ await: wait }: Properties): number {
  return isRecord(wait) && typeof wait.timeoutSeconds === "number" ? wait.timeoutSeconds : 0;
}
