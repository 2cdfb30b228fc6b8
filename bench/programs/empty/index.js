// What the engine, the SDK and the plugin process cost by themselves for so many resources on one provider instance.
const pulumi = require("@pulumi/pulumi");

const handler = `exports.handler=()=>({
  check: async (olds, news) => ({ inputs: news, failures: [] }), diff: async () => ({ changes: false }),
  create: async (inputs) => ({ id: "1", outs: inputs }), read: async (id, props) => ({ id, props }),
  update: async (id, olds, news) => ({ outs: news }), delete: async () => {} })`;

class Empty extends pulumi.CustomResource {
  constructor(name, options) {
    super("pulumi-nodejs:dynamic/bench:Empty", name, { namespace: "bench", name, __provider: handler }, options);
  }
}

const provider = new pulumi.ProviderResource("pulumi-nodejs", "bench", { "bench:nothing": "1" });
const first = new Empty("membership", { provider });
for (let n = 0; n < Number(process.env.BENCH_SERVICES); n++) new Empty(`service-${n}`, { provider, dependsOn: first });
