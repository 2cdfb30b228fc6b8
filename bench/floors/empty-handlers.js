// Loaded before everything else into the processes of the floor's stack: the program is the same, and what the engine calls does nothing. So the floor is
// what the engine, the SDK and the classes of the package cost by themselves.
const { registerHooks } = require("node:module");
const { pathToFileURL } = require("node:url");

const empty = {
  configure: async () => {},
  check: async (_olds, news) => ({ inputs: news, failures: [] }),
  diff: async () => ({ changes: false }),
  create: async (inputs) => ({ id: "1", outs: inputs }),
  read: async (id, props) => ({ id, props }),
  update: async (_id, _olds, news) => ({ outs: news }),
  delete: async () => {},
};
exports.handlers = new Proxy({}, { get: () => empty });

const url = pathToFileURL(__filename).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "pulumi-mcs/provider" ? { url, format: "commonjs", shortCircuit: true } : next(specifier, context),
});
