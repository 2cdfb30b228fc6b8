/** A run of a probe from its first pod to the last delete: what it proves, what it cannot, and what it leaves. */
import assert from "node:assert/strict";
import { hasPairs, probe, type ProbeOptions, type ProbeReport } from "../../../provider/probe/probe";
import { NAMESPACE, PlayedPods } from "./played-pods";

interface Run extends Partial<ProbeOptions> {
  readonly ids?: readonly string[];
}

/** Of all members that are not absent. */
async function run(pods: PlayedPods, options: Run = {}): Promise<ProbeReport & { readonly said: readonly string[] }> {
  const said: string[] = [];
  const { ids = [...pods.members.keys()], absent = new Map<string, string>() } = options;
  const fleet = pods.fleet(ids.filter((id) => !absent.has(id)));
  const report = await probe(fleet, {
    ...{ run: "abcde", exporters: ids, importers: ids, namespace: NAMESPACE, image: "busybox", names: false },
    ...{ known: () => ({}), progress: (text: string) => void said.push(text), clock: pods.clock },
    ...options,
  });
  await fleet.close();
  return { ...report, said };
}

const told = ({ pairs }: ProbeReport) => pairs.map(({ from, to, connects }) => `${from} ${to} ${connects}`);

describe("a probe", () => {
  it("proves every pair, and leaves nothing", async () => {
    const pods = new PlayedPods(["a", "b", "c"]);
    const report = await run(pods);
    assert.deepEqual(told(report), ["a b yes", "a c yes", "b a yes", "b c yes", "c a yes", "c b yes"]);
    assert.deepEqual([report.problems, await pods.left()], [[], []]);
  });

  it("takes addresses alone for no proof: without the API no cluster IP can be called", async () => {
    const pods = new PlayedPods(["a", "b"], { crds: false });
    const { pairs, facts, problems } = await run(pods);
    assert.deepEqual(
      pairs.map(({ connects, failures }) => [connects, failures]),
      [
        ["unknown", []],
        ["unknown", []],
      ],
    );
    assert.equal(facts[0]?.families.IPv4?.address, "ok");
    assert.deepEqual(pairs[0]?.notes, ["a: no cluster IP of a service of b could be called"]);
    assert.match(problems.join("\n"), /a.*Multi-Cluster Services API is not installed/);
    assert.deepEqual(await pods.left(), []);
  });

  it("blames the controller of the exporter, and not kube-proxy, where no endpoint ever comes", async () => {
    const pods = new PlayedPods(["a", "b"], { slices: false });
    const { pairs, problems } = await run(pods, { exporters: ["a"], importers: ["b"] });
    assert.deepEqual([pairs[0]?.connects, pairs[0]?.failures], ["unknown", []]);
    assert.match(
      problems.join("\n"),
      /^b: no endpoint of net\/mcs-probe-abcde-0 came from a within 20 s: .*EndpointSl/,
    );
    assert.deepEqual(await pods.left(), []);
  });

  it("asks nothing of a member that does not answer, and proves the others", async () => {
    const pods = new PlayedPods(["a", "b", "c"]);
    const report = await run(pods, { absent: new Map([["c", "c: no route to it"]]) });
    assert.deepEqual(told(report), ["a b yes", "a c unknown", "b a yes", "b c unknown", "c a unknown", "c b unknown"]);
    assert.deepEqual(report.pairs[1]?.notes, ["c: no route to it"]);
    assert.deepEqual(pods.at("c").requests, []);
  });

  it("starts no pod where only one member answers", async () => {
    const pods = new PlayedPods(["a", "b"]);
    const report = await run(pods, { absent: new Map([["b", "b: no route to it"]]) });
    assert.deepEqual(told(report), ["a b unknown", "b a unknown"]);
    assert.deepEqual([report.said, pods.at("a").writes()], [[], []]);
  });

  it("that loses a member leaves what a later one finds and removes", async () => {
    const pods = new PlayedPods(["a", "b"]);
    const options = { exporters: ["a"], importers: ["b"] };
    pods.onPod = (_, pod) => {
      if (!pod.endsWith("-from")) return;
      pods.down.add("b");
      pods.later(60_000);
    };
    const { problems } = await run(pods, options);
    assert.match(problems.join("\n"), /b: no answer.*; what the probe made there of net\/mcs-probe-abcde-0 is left/);
    assert.ok((await pods.left()).includes("a Service mcs-probe-abcde-0"), "by it the next one knows of the import");
    pods.later(300_000);
    pods.down.clear();
    pods.onPod = () => {};
    const { said } = await run(pods, { ...options, run: "later" });
    assert.ok(said.includes("removed what 1 earlier runs had left"), said.join("; "));
    assert.deepEqual(await pods.left(), []);
  });

  it("removes of an earlier run what it can, and the Service by which the rest is found only when every member answers", async () => {
    const pods = new PlayedPods(["a", "b", "c"]);
    await run(pods, { keep: true });
    pods.later(300_000);
    await run(pods, { run: "later", absent: new Map([["c", "c: no route to it"]]) });
    const left = await pods.left();
    assert.ok(left.includes("a Service mcs-probe-abcde-0") && left.includes("c ServiceImport mcs-probe-abcde-0"));
    assert.ok(!left.includes("b ServiceImport mcs-probe-abcde-0"), left.join());
    await run(pods, { run: "third" });
    assert.deepEqual(await pods.left(), []);
  });

  it("that is interrupted says so, takes its pods away, and calls nothing proved", async () => {
    const pods = new PlayedPods(["a", "b"]);
    const ended = new AbortController();
    pods.onPod = () => ended.abort();
    const report = await run(pods, { signal: ended.signal });
    assert.deepEqual(told(report), ["a b unknown", "b a unknown"]);
    assert.ok(report.said.includes("interrupted: removing the pods…"), report.said.join("; "));
    assert.deepEqual(await pods.left(), []);
  });

  it("that keeps its pods says until when, and how they are found", async () => {
    const pods = new PlayedPods(["a", "b"]);
    const { said } = await run(pods, { keep: true });
    const how = "kubectl -n net get pods,services -l pulumi-mcs/probe=abcde";
    assert.ok(said.includes(`kept until 2026-01-01T00:04:00.000Z: ${how}`), said.join("; "));
    assert.ok((await pods.left()).includes("a Pod mcs-probe-abcde-0"));
  });

  it("has something to prove where one member imports from another", () => {
    assert.ok(hasPairs({ exporters: ["a"], importers: ["a", "b"] }));
    assert.ok(!hasPairs({ exporters: ["a"], importers: ["a"] }));
    assert.ok(!hasPairs({ exporters: ["a", "b"], importers: [] }));
  });
});
