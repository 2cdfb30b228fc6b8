/** The calls about one resource: requests → what the handlers take, and their answers back. */
import {
  CheckFailure,
  type CheckRequest,
  CheckResponse,
  type CreateRequest,
  CreateResponse,
  type DeleteRequest,
  type DiffRequest,
  DiffResponse,
  type ReadRequest,
  ReadResponse,
  type UpdateRequest,
  UpdateResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { handlers } from "../provider/dynamic-provider";
import type { Handlers } from "../provider/resources/handlers";
import { Refusal } from "../provider/resources/display/failure";
import type { Failure } from "../provider/resources/inputs/input-fields";
import type { Properties } from "../provider/resources/inputs/properties";
import type { Timed } from "../provider/resources/process/custom-timeouts";
import { currentPass } from "../provider/resources/process/pass";
import { inPreview } from "../provider/resources/process/preview-guard";
import { handlerArguments } from "./arguments";
import { driftDiffs, inputDiffs, propertyDiff } from "./property-diffs";
import { membershipInputs, type ProviderConfig } from "./provider-config";
import { propertiesOf, structOf } from "./wire";

/** Outputs and inputs as they are stored: what the engine tells in every request is not stored beside. */
export function stored({ resourceUrn: _urn, customTimeouts: _timeouts, ...rest }: Properties): Properties {
  return rest;
}

/** Inputs: what the provider's configuration holds is not repeated. */
function storedInputs({ incarnation: _incarnation, ...rest }: Properties): Properties {
  return stored(rest);
}

interface About {
  getUrn(): string;
}

export function resourceCalls(config: () => ProviderConfig) {
  /** With what the handlers of a dynamic provider get from the program, and those of a plugin from the engine. */
  const full = (request: About, properties: Properties, timeout?: readonly [Timed, number]): Properties => {
    const { incarnation } = config();
    const { customTimeouts: _stored, ...rest } = properties;
    const [method, seconds = 0] = timeout ?? [];
    return {
      ...(incarnation !== undefined && { incarnation }),
      ...rest,
      resourceUrn: request.getUrn(),
      ...(method !== undefined && seconds > 0 && { customTimeouts: { [method]: `${seconds}s` } }),
    };
  };

  return {
    async check(request: CheckRequest): Promise<CheckResponse> {
      const kind = kindOf(request);
      const [olds, news] = [propertiesOf(request.getOlds()), propertiesOf(request.getNews())];
      const given = {
        ...(kind === "ClusterSetMembership" && membershipInputs(config())),
        ...(kind !== "ClusterSetMembership" && kind !== "ClusterSetDNS" && { name: nameOf(request) }),
        ...handlerArguments(news),
      };
      // The program knows when all that a resource depends on was done, and its SDK does not tell: only in a preview is nothing done.
      const isStill = currentPass().is === "preview";
      const done = isStill || "dependenciesDone" in given ? {} : { dependenciesDone: WHEN_ASKED };
      const before = Object.keys(olds).length === 0 ? {} : full(request, olds);
      const { inputs, failures } = await handlers[kind].check(before, full(request, { ...given, ...done }));
      return new CheckResponse().setInputs(structOf(storedInputs(inputs))).setFailuresList(failures.map(checkFailure));
    },

    async diff(request: DiffRequest): Promise<DiffResponse> {
      const [olds, news] = [propertiesOf(request.getOlds()), propertiesOf(request.getNews())];
      const found = await handlersOf(request).fullDiff(request.getId(), full(request, olds), full(request, news));
      const { changes, replaces = [], deleteBeforeReplace = false, changed = [] } = found;
      const response = new DiffResponse()
        .setChanges(changes ? DiffResponse.DiffChanges.DIFF_SOME : DiffResponse.DiffChanges.DIFF_NONE)
        .setReplacesList([...replaces])
        .setDeletebeforereplace(deleteBeforeReplace)
        .setDiffsList([...changed])
        .setStablesList(STABLE.filter((name) => name in olds && !changed.includes(name)))
        .setHasdetaileddiff(true);
      const details = response.getDetaileddiffMap();
      for (const [path, kind] of driftDiffs(olds, found)) details.set(path, propertyDiff(kind, false));
      for (const [path, kind] of inputDiffs(olds, news, found)) details.set(path, propertyDiff(kind, true));
      return response;
    },

    async create(request: CreateRequest): Promise<CreateResponse> {
      const inputs = full(request, propertiesOf(request.getProperties()), ["create", request.getTimeout()]);
      const { foretell, create } = handlersOf(request);
      if (request.getPreview()) {
        const outs = await inPreview(() => foretell(inputs));
        return new CreateResponse().setProperties(structOf(stored(outs)));
      }
      const { id, outs } = await create(inputs);
      return new CreateResponse().setId(id).setProperties(structOf(stored(outs)));
    },

    async update(request: UpdateRequest): Promise<UpdateResponse> {
      const olds = full(request, propertiesOf(request.getOlds()));
      const news = full(request, propertiesOf(request.getNews()), ["update", request.getTimeout()]);
      const { foretell, update } = handlersOf(request);
      const outs = request.getPreview()
        ? await inPreview(() => foretell(news, olds))
        : (await update(request.getId(), olds, news)).outs;
      return new UpdateResponse().setProperties(structOf(stored(outs)));
    },

    async read(request: ReadRequest): Promise<ReadResponse> {
      const outputs = propertiesOf(request.getProperties());
      const kind = handlersOf(request);
      const isNew = Object.keys(outputs).length === 0;
      const hidden = full(request, {});
      const { id, props, inputs } = isNew
        ? await kind.import(request.getId(), hidden)
        : await kind.read(request.getId(), { ...hidden, ...full(request, handlerArguments(outputs)) });
      const response = new ReadResponse().setId(id).setProperties(structOf(stored(props)));
      return inputs === undefined ? response : response.setInputs(structOf(storedInputs(inputs)));
    },

    async delete(request: DeleteRequest): Promise<Empty> {
      const outputs = full(request, propertiesOf(request.getProperties()), ["delete", request.getTimeout()]);
      await handlersOf(request).delete(request.getId(), outputs);
      return new Empty();
    },
  };
}

/** As the program of a dynamic resource says it: read the clusters anew when the resource's turn comes (provider/resources/process/as-of.ts). */
const WHEN_ASKED = -1;

/** Outputs that no update changes: what depends on them stays known in its preview. */
const STABLE = ["namespace", "name", "cluster"];

type KindName = keyof typeof handlers;

function handlersOf(request: About): Handlers {
  return handlers[kindOf(request)];
}

/** From the URN: not every engine tells the type beside it. */
function kindOf(request: About): KindName {
  const kind = /mcs:index:(\w+)::/.exec(request.getUrn())?.[1] ?? "";
  if (Object.hasOwn(handlers, kind)) return kind as KindName;
  const known = Object.keys(handlers).map((name) => `mcs:index:${name}`);
  throw new Refusal(`the plugin mcs has no resource of this type: ${request.getUrn()}; it has ${known.join(", ")}`);
}

export function nameOf(request: About): string {
  return request.getUrn().split("::").slice(3).join("::");
}

export function checkFailure({ property, reason }: Failure): CheckFailure {
  return new CheckFailure().setProperty(property).setReason(reason);
}
