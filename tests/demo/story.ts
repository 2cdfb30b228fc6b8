/** The walk-through, step by step. Each step shows what it does and checks what came of it. */
import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { findControlPlane } from "../controlplane/find";
import type { OperationResult, StackDriver } from "../engine/harness/index";
import { findPulumi } from "../pulumi/find";
import { applyManifest } from "../controlplane/account";
import { marked, objectsOf } from "../support/objects";
import { type Language, openQuickstart, prepareQuickstart, programs, quickstartDir } from "../support/quickstart";
import { deployServe, scaleServe, serveAddresses } from "../support/workload";
import { call, command, obstacleOf, serveHost, startCaller } from "./calls";
import { type DemoClusters, demoClusters } from "./clusters";
import { shownLines } from "./engine-lines";
import { addressesIn, derivedService, importedSlices, showImport } from "./listing";
import type { Screen } from "./screen";

const root = path.join(__dirname, "../..");

export interface StoryOptions {
  readonly screen: Screen;
  /** Folder of clusters that outlive the demo; undefined: they end with it. */
  readonly keepIn: string | undefined;
  /** Of the program. */
  readonly language: Language;
  /** A new folder for the stack's state. */
  readonly stateDir: string;
  /** Told of whatever must be stopped, as soon as it runs; what was told last is to be stopped first. */
  readonly started: (stop: () => Promise<void>) => void;
}

interface Scene extends StoryOptions {
  readonly clusters: DemoClusters;
  readonly stack: StackDriver;
  /** Why pods cannot be called here; undefined where they can. */
  readonly noNetwork: string | undefined;
  /** Lets the lines of the next operation through. */
  readonly listen: (skipPreview: boolean) => void;
  /** What the engine does now: it must have ended before the clusters end. */
  readonly running: { operation?: Promise<unknown> };
}

/** Resolves with the clusters when all steps went as they should. @throws an Error that says what did not. */
export async function tell(options: StoryOptions): Promise<DemoClusters> {
  const scene = await setTheScene(options);
  await preflight(scene);
  await preview(scene);
  await firstUp(scene);
  await list(scene);
  await names(scene);
  await callAcross(scene);
  await onePodMore(scene);
  await nothingToDo(scene);
  await drift(scene);
  await destroy(scene);
  return scene.clusters;
}

async function setTheScene(options: StoryOptions): Promise<Scene> {
  const { screen, keepIn, language, stateDir, started } = options;
  const progress = (text: string) => screen.line(text);

  screen.heading("Install");
  const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string };
  const use = language === "typescript" ? `linked into ${path.relative(root, quickstartDir)}` : "served by its plugin";
  screen.line(`pulumi-mcs ${version}, built in dist/ and ${use}; Node ${process.version}`);
  if (!existsSync(path.join(root, "dist/provider/dynamic-provider.js")))
    throw new Error("dist/ is missing: make demo builds it");
  const binaries = await screen.during("Kubernetes binaries", () => findControlPlane({ progress }));
  screen.line(`etcd, kube-apiserver, kube-controller-manager and kube-proxy: from ${binaries.source}`);
  const pulumi = await screen.during("Pulumi CLI", () => findPulumi({ progress }));
  screen.line(`Pulumi CLI ${pulumi.version}: from ${pulumi.source}`);
  const quickstart = await screen.during(`program in ${language}`, () =>
    prepareQuickstart(language, stateDir, progress).catch((error: Error) => {
      throw new Error(`the walk-through cannot be shown in ${language} here: ${error.message}`);
    }),
  );
  const noNetwork = await obstacleOf(progress);

  screen.heading("Two Kubernetes clusters, and Deployment and Service `serve` in member1");
  const network = noNetwork === undefined;
  const clusters = await screen.during("starting clusters", () => demoClusters({ network, keepIn, progress }));
  started(() => clusters.stop());
  const { member1, member2 } = clusters;
  screen.table(
    ["cluster", "API server", "pods", "Services"],
    [member1, member2].map((one) => [one.id, one.server, one.podCIDRs.join("\n"), one.serviceCIDRs.join("\n")]),
  );
  screen.line(`$ kubectl --context member1 apply -f ${path.relative(root, quickstartDir)}/serve.yaml`);
  await deployServe(member1.api);
  screen.line("$ kubectl apply -f deploy/rbac/dns.yaml    # in both: check and dns may look at CoreDNS");
  for (const { api } of [member1, member2]) await applyManifest(api, path.join(root, "deploy/rbac/dns.yaml"));
  screen.check("member1 runs one ready pod of serve", true, "");

  const cancel = new AbortController();
  const running: { operation?: Promise<unknown> } = {};
  started(async () => {
    cancel.abort();
    await running.operation;
  });
  let hear = shownLines(screen.line, false);
  const stack = await openQuickstart({
    quickstart,
    stateDir,
    kubeconfigs: {
      member1: readFileSync(member1.kubeconfigPath, "utf8"),
      member2: readFileSync(member2.kubeconfigPath, "utf8"),
    },
    signal: cancel.signal,
    onLine: (line) => hear(line),
  });
  screen.line(`From here on the Pulumi CLI works; the program is ${path.relative(root, programs[language])}`);
  const listen = (skipPreview: boolean) => (hear = shownLines(screen.line, skipPreview));
  return { ...options, clusters, stack, noNetwork, listen, running };
}

async function preflight({ screen, clusters }: Scene): Promise<void> {
  screen.heading("Preflight: may these clusters form a clusterset?");
  const members = [clusters.member1, clusters.member2].map(({ id, kubeconfigPath }) => `${id}=${kubeconfigPath}`);
  screen.line(`$ pulumi-mcs check --cluster member1=… --cluster member2=…`);
  screen.line(await command(["check", ...members.flatMap((one) => ["--cluster", one])]));
}

async function preview(scene: Scene): Promise<void> {
  const { screen, clusters, stack } = scene;
  screen.heading("pulumi preview: what will be made where");
  const result = await operate(scene, "pulumi preview", () => stack.preview());
  const shown = (text: string) => [...said(result)].some((message) => message.includes(text));
  screen.check("member1 gets the ServiceExport", shown("member1: create ServiceExport serve"), summary(result));
  screen.check("member2 gets the derived Service", shown("create Service derived-serve"), summary(result));
  const crds = (await objectsOf(clusters.member1.api, "CustomResourceDefinition")).length;
  screen.check(
    "nothing was written",
    crds === 0 && (await ours(clusters)).length === 0,
    (await ours(clusters)).join(", "),
  );
}

async function firstUp(scene: Scene): Promise<void> {
  const { screen, clusters, stack } = scene;
  screen.heading("pulumi up: export from member1, import into member2");
  await operate(scene, "pulumi up", () => stack.up());
  const { address } = await stack.outputs();
  const service = await derivedService(clusters.member2.api);
  const ip = service?.spec.clusterIP;
  screen.check(
    `output address is derived-serve's cluster IP, ${ip}`,
    ip !== undefined && address === ip,
    String(address),
  );
}

async function list({ screen, clusters }: Scene): Promise<void> {
  screen.heading("What member2 has now");
  await showImport(clusters.member2.api, screen);
  await sameAddresses({ screen, clusters });
}

async function names(scene: Scene): Promise<void> {
  const { screen, clusters, noNetwork } = scene;
  screen.heading("Names: the CoreDNS of member2 learns clusterset.local");
  if (noNetwork !== undefined) return screen.line(`(there is none to ask: ${noNetwork})`);
  const { kubeconfigPath } = clusters.member2;
  screen.line("$ pulumi-mcs dns --cluster member2=…");
  screen.line(await command(["dns", "--cluster", `member2=${kubeconfigPath}`]));
  await startCaller(scene);
}

async function callAcross(scene: Scene): Promise<void> {
  scene.screen.heading(`A pod of member2 calls ${serveHost}`);
  await call(scene, 1);
}

async function onePodMore(scene: Scene): Promise<void> {
  const { screen, clusters, stack } = scene;
  screen.heading("One pod more in member1, and pulumi up shows and does just that");
  screen.line("$ kubectl --context member1 scale deployment serve --replicas 2");
  await scaleServe(clusters.member1.api, 2);
  const result = await operate(scene, "pulumi up", () => stack.up());
  const lines = said(result);
  const just = "member2: slices +0 ~1 −0, endpoints +1 −0";
  screen.check(`it says just: ${just}`, lines.size === 1 && lines.has(just), [...lines].join("; ") || "nothing");
  screen.check("one resource updated, nothing made or removed", onlyUpdates(result, 1), summary(result));
  await sameAddresses(scene);
  await call(scene, 2);
}

async function nothingToDo(scene: Scene): Promise<void> {
  scene.screen.heading("pulumi up once more: nothing to do");
  const result = await operate(scene, "pulumi up", () => scene.stack.up());
  scene.screen.check("no changes", onlyUpdates(result, 0), summary(result));
}

async function drift(scene: Scene): Promise<void> {
  const { screen, clusters, stack } = scene;
  const { api } = clusters.member2;
  screen.heading("Somebody changes derived-serve by hand, and pulumi refresh repairs it");
  screen.line(
    `$ kubectl --context member2 patch service derived-serve --type merge -p '{"spec":{"ports":[{"port":81}]}}'`,
  );
  await api("PATCH", "/api/v1/namespaces/default/services/derived-serve", {
    spec: { ports: [{ port: 81, protocol: "TCP" }] },
  });
  const portOf = async () => String((await derivedService(api))?.spec.ports?.[0]?.port);
  screen.check("derived-serve listens on the wrong port, 81", (await portOf()) === "81", await portOf());
  await operate(scene, "pulumi refresh", () => stack.refresh());
  screen.check("derived-serve listens on port 80 again", (await portOf()) === "80", await portOf());
  await call(scene, 1);
}

async function destroy(scene: Scene): Promise<void> {
  const { screen, clusters, stack } = scene;
  screen.heading("pulumi destroy, and proof that nothing of ours is left");
  if (scene.noNetwork === undefined) {
    screen.line("$ pulumi-mcs dns --cluster member2=… --remove");
    screen.line(await command(["dns", "--cluster", `member2=${clusters.member2.kubeconfigPath}`, "--remove"]));
  }
  await operate(scene, "pulumi destroy", () => stack.destroy());
  const kinds = ["ServiceExport", "ServiceImport", "Service", "EndpointSlice"] as const;
  const rows = await Promise.all(
    [clusters.member1, clusters.member2].map(async ({ id, api }) => {
      const left = await marked(api);
      return [id, ...kinds.map((kind) => String(left.filter((name) => name.startsWith(`${kind} `)).length))];
    }),
  );
  screen.line("objects with our mark:");
  screen.table(["cluster", ...kinds], rows);
  const left = await ours(clusters);
  screen.check("nothing of ours is left, but the two CRDs", left.length === 0, left.join(", "));
  const { length } = await serveAddresses(clusters.member1.api);
  screen.check("serve itself runs on in member1", length === 2, `${length} endpoints`);
}

/** One operation of the engine. @throws an Error with the engine's when it fails. */
async function operate(scene: Scene, text: string, work: () => Promise<OperationResult>): Promise<OperationResult> {
  scene.listen(/ (up|destroy)$/.test(text));
  const operation = work();
  scene.running.operation = operation.catch(() => undefined);
  const result = await scene.screen.during(text, () => operation);
  if (!result.ok) throw new Error(`${text} failed: ${result.error}`);
  return result;
}

async function sameAddresses({ screen, clusters }: Pick<Scene, "screen" | "clusters">): Promise<void> {
  const there = [...(await serveAddresses(clusters.member1.api))].sort().join(", ");
  const here = [...addressesIn(await importedSlices(clusters.member2.api))].sort().join(", ");
  screen.check(`the slices hold the pods of member1: ${there}`, here === there, here);
}

async function ours({ member1, member2 }: DemoClusters): Promise<readonly string[]> {
  const left = await Promise.all(
    [member1, member2].map(async ({ id, api }) => (await marked(api)).map((name) => `${id}: ${name}`)),
  );
  return left.flat();
}

/** What the resources said, each line once. */
function said({ logs }: OperationResult): ReadonlySet<string> {
  return new Set(logs.filter(({ urn }) => urn !== undefined).map(({ message }) => message));
}

function onlyUpdates({ changes }: OperationResult, updates: number): boolean {
  return changes.update === updates && changes.create + changes.replace + changes.delete === 0;
}

function summary({ changes, logs }: OperationResult): string {
  return JSON.stringify({ ...changes, said: logs.map(({ message }) => message) });
}
