/** A clusterset of three real members, the handlers that Pulumi calls on it, and services of member1 to try them with. */
import assert from "node:assert/strict";
import type { EndpointSlice } from "../../provider/mcs/api";
import { handlers } from "../../provider/dynamic-provider";
import { Partial } from "../../provider/resources/display/failure";
import type { Properties } from "../../provider/resources/inputs/properties";
import { clusterSet, type PluginOptions, type PluginProcess, startStage } from "./handlers-stage";

const { MultiClusterService: service, ClusterSetMembership: membership } = handlers;

export const SERVICES = "/api/v1/namespaces/default/services";
const SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
const CLUSTERSET = clusterSet({
  clusters: Object.fromEntries(["member1", "member2", "member3"].map((id) => [id, { source: "kubeconfig" }])),
});

/** A resource as the engine keeps it. */
export interface Made {
  readonly id: string;
  readonly inputs: Properties;
  outs: Properties;
}

export type ThreeMembers = Awaited<ReturnType<typeof startThreeMembers>>;

/** member1 and member3 are dual-stack, member2 has IPv4 only. All of them have joined. */
export async function startThreeMembers() {
  const stage = await startStage([
    { id: "member1", dualStack: true },
    { id: "member2" },
    { id: "member3", dualStack: true },
  ]);
  const { api } = stage;
  await stage.grant("both", "installCrds");
  stage.plugin({ name: "prod" });
  const joining = await membership.check({}, CLUSTERSET);
  assert.deepEqual(joining.failures, []);
  const { outs: members } = await membership.create(joining.inputs);
  let pods = 0;

  const here = {
    stage,

    /** A Service without selector in member1, with one pod. */
    async offer(name: string, spec: object = {}): Promise<void> {
      await api("member1")("POST", SERVICES, { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });
      await api("member1")("POST", SLICES, {
        metadata: { name, labels: { "kubernetes.io/service-name": name } },
        addressType: "IPv4",
        endpoints: [{ addresses: ["10.11.9.9"] }],
        ports: [{ name: "", port: 8080, protocol: "TCP" }],
      });
    },

    /** Its pod is replaced. Resolves with the new one's address. */
    async replacePod(name: string): Promise<string> {
      pods += 1;
      const address = `10.11.1.${pods}`;
      await api("member1")("PATCH", `${SLICES}/${name}`, { endpoints: [{ addresses: [address] }] });
      return address;
    },

    /** Addresses behind the derived Service in that member. */
    async imported(id: string, name: string): Promise<readonly string[]> {
      const selector = `labelSelector=kubernetes.io/service-name=derived-${name}`;
      const { items } = (await api(id)("GET", `${SLICES}?${selector}`)) as { items: readonly EndpointSlice[] };
      return items.flatMap(({ endpoints }) => endpoints?.flatMap(({ addresses }) => addresses) ?? []);
    },

    /** A new process, and the only one; as by the engine, it is asked for the membership first. */
    async plugin(options?: PluginOptions): Promise<PluginProcess> {
      await stage.endProcesses();
      const process = stage.plugin({ name: "prod" }, false, options);
      await membership.diff("prod", members, CLUSTERSET);
      return process;
    },

    /** From member1. */
    async make(name: string, importTo: readonly string[], more: Properties = {}): Promise<Made> {
      const inputs = await checked(described(name, importTo, more));
      return { inputs, ...(await service.create(inputs)) };
    },

    /** As far as it goes; `message` says of the rest. */
    async makePartially(name: string, importTo: readonly string[]): Promise<Made & { readonly message: string }> {
      const inputs = await checked(described(name, importTo));
      const { id, properties, message } = await partial(service.create(inputs));
      return { id, inputs, outs: properties, message };
    },

    /** As an `up` that finds something to do. */
    async update(made: Made): Promise<void> {
      assert.deepEqual(await service.diff(made.id, made.outs, made.inputs), { changes: true });
      made.outs = (await service.update(made.id, made.outs, made.inputs)).outs;
    },

    /** As an `up` that does what it can; resolves with what it says of the rest. */
    async updatePartially(made: Made): Promise<string> {
      const { properties, message } = await partial(here.update(made));
      made.outs = properties;
      return message;
    },

    async refresh(made: Made): Promise<void> {
      made.outs = (await service.read(made.id, made.outs)).props;
    },

    destroy: (made: Made): Promise<void> => service.delete(made.id, made.outs),
  };
  return here;
}

function described(name: string, importTo: readonly string[], more: Properties = {}): Properties {
  return {
    resourceUrn: `urn:pulumi:dev::shop::pulumi-mcs:MultiClusterService::${name}`,
    namespace: "default",
    name,
    exportFrom: ["member1"],
    importTo,
    await: false,
    ...more,
  };
}

async function checked(news: Properties): Promise<Properties> {
  const { inputs, failures } = await service.check({}, news);
  assert.deepEqual(failures, []);
  return inputs;
}

async function partial(work: Promise<unknown>): Promise<Partial> {
  const thrown = await work.then(
    () => assert.fail("everything was done"),
    (cause: unknown) => cause,
  );
  assert.ok(thrown instanceof Partial, String(thrown));
  return thrown;
}
