/** The objects of examples/gateway, by a real API server with the official CRDs of the Gateway API. No gateway runs. */
import assert from "node:assert/strict";
import { gateway, route } from "../../examples/gateway/route";
import { ApiError } from "../controlplane/admin";
import { type RunningClusters, startClusters } from "../controlplane/clusters";
import { waitFor } from "../controlplane/wait";
import { officialGatewayCrds } from "../support/official-crds";
import { skipBecause } from "../support/skip";

const API = "/apis/gateway.networking.k8s.io/v1/namespaces/default";
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

describe("an HTTPRoute to a ServiceImport", function () {
  this.timeout(60_000);
  let clusters: RunningClusters | undefined;

  before(async function () {
    this.timeout(600_000);
    const official = await officialGatewayCrds("v1.4.1");
    if ("missing" in official) skipBecause(this, official.missing);
    clusters = await startClusters({ members: 1 });
    for (const definition of official.definitions) await api()("POST", CRDS, definition);
    for (const plural of ["gateways", "httproutes"]) {
      await waitFor(`${plural} to be served`, () => api()("GET", `${API}/${plural}`));
    }
  });
  after(() => clusters?.stop());

  const api = () => clusters?.members["member1"]?.api ?? assert.fail("no member1");
  const strict = (plural: string) => `${API}/${plural}?fieldValidation=Strict`;
  const isInvalid = (error: unknown) => error instanceof ApiError && (error.status === 422 || error.status === 400);

  it("is accepted with its Gateway as the example has it, and keeps the import as its backend", async () => {
    await api()("POST", strict("gateways"), gateway("any"));
    const stored = (await api()("POST", strict("httproutes"), route)) as typeof route;
    const [backend] = stored.spec.rules[0]!.backendRefs;
    const { group, kind, name, port } = backend!;
    assert.deepEqual({ group, kind, name, port }, route.spec.rules[0]!.backendRefs[0]);
  });

  it("is refused with a field that the API does not have, or a port that none can have: what is accepted above is checked", async () => {
    const [rule] = route.spec.rules;
    const withBackend = (backend: object) => ({
      ...route,
      metadata: { ...route.metadata, name: "other" },
      spec: { ...route.spec, rules: [{ ...rule, backendRefs: [{ ...rule!.backendRefs[0], ...backend }] }] },
    });
    await assert.rejects(api()("POST", strict("httproutes"), withBackend({ cluster: "member1" })), isInvalid);
    await assert.rejects(api()("POST", strict("httproutes"), withBackend({ port: 70_000 })), isInvalid);
  });
});
