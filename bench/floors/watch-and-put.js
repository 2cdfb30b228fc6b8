// The floor of what keeps a member current: one watch in the exporting member, and what it tells put into the importing one, at once and whole. No
// merge, no limit, no care for what else is there. A plain file in a process of its own, as the package's: told its work by the parent process.
const { createInterface } = require("node:readline");
const { Agent, request } = require("undici");

const SERVICE_NAME = "kubernetes.io/service-name";
const IMPORT_NAME = "multicluster.kubernetes.io/service-name";
/** Requests at a time, as the package has them. */
const AT_ONCE = 8;

process.once("message", ({ from, to, namespace }) => {
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  run(client(from, 2), client(to, AT_ONCE), path).catch((error) => {
    process.send({ problem: String(error.message) }, () => process.exit(1));
  });
});

function client({ server, caPem, token }, connections) {
  const dispatcher = new Agent({ connect: { ca: caPem }, connections, bodyTimeout: 0 });
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return (method, path, body) =>
    request(`${server}${path}`, { dispatcher, method, headers, ...(body && { body: JSON.stringify(body) }) });
}

async function run(source, target, path) {
  const selector = `labelSelector=${encodeURIComponent(SERVICE_NAME)}`;
  const listed = await (await source("GET", `${path}?${selector}`)).body.json();
  const copies = new Map();
  const copy = (slice) => {
    const { name } = slice.metadata;
    const kept = copies.get(name) ?? { name, put: () => put(target, path, kept) };
    copies.set(name, kept);
    kept.wanted = slice;
    return (kept.running ??= kept.put().finally(() => (kept.running = undefined)));
  };
  await Promise.all(listed.items.map(copy));
  process.send("ready");
  const watch = `${path}?${selector}&watch=1&resourceVersion=${listed.metadata.resourceVersion}`;
  const { body } = await source("GET", watch);
  for await (const line of createInterface({ input: body })) {
    const { type, object } = JSON.parse(line);
    if (type === "ADDED" || type === "MODIFIED") void copy(object);
  }
}

/** The last that is wanted of it: what was told meanwhile is put at once. */
async function put(target, path, kept) {
  while (kept.wanted !== kept.done) {
    const { wanted } = kept;
    const { addressType, endpoints, ports, metadata } = wanted;
    const name = `bare-${kept.name}`;
    const labels = { [IMPORT_NAME]: metadata.labels[SERVICE_NAME] };
    const body = { metadata: { name, labels, resourceVersion: kept.version }, addressType, endpoints, ports };
    const isNew = kept.version === undefined;
    const answer = await target(isNew ? "POST" : "PUT", isNew ? path : `${path}/${name}`, body);
    const said = await answer.body.json();
    if (answer.statusCode >= 300) throw new Error(`${name}: ${answer.statusCode} ${said.message}`);
    kept.version = said.metadata.resourceVersion;
    kept.done = wanted;
  }
}
