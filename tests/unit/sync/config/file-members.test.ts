/** Members of a file that changes while the process runs. Real files, on virtual time. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Member } from "../../../../provider/reconcile/member";
import type { ConfiguredMember } from "../../../../provider/sync/config/clusterset-file";
import { fileMembers } from "../../../../provider/sync/config/file-members";
import type { SyncMembers } from "../../../../provider/sync/seams/sync-members";
import { virtualClock, type VirtualClock } from "../../../support/virtual-clock";

describe("members of a file", () => {
  let folder: string;
  let clock: VirtualClock;
  let members: SyncMembers;
  let end: () => void;
  /** "added a", "problem …", in order. */
  let told: string[];
  let connected: ConfiguredMember[];

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "pulumi-mcs-config-"));
    clock = virtualClock();
    told = [];
    connected = [];
    write("a.kubeconfig", "one");
    write("b.kubeconfig", "two");
    config("a", "b");
    members = fileMembers({
      file: at("clusterset.yaml"),
      clock,
      expandHome: (file) => file,
      connect: async (member) => {
        connected.push(member);
        return {} as Member;
      },
      problem: (message) => void told.push(message === undefined ? "well" : `problem ${message}`),
    });
  });
  afterEach(() => {
    end?.();
    rmSync(folder, { recursive: true, force: true });
  });

  const at = (name: string) => path.join(folder, name);
  const write = (name: string, text: string) => writeFileSync(at(name), text);
  const config = (...ids: readonly string[]) =>
    write(
      "clusterset.yaml",
      `clusters: { ${ids.map((id) => `${id}: { kubeconfigPath: ${id}.kubeconfig }`).join(", ")} }`,
    );

  async function begin(): Promise<readonly string[]> {
    const first = await members.current();
    end = members.subscribe!((change) =>
      told.push(change.type === "removed" ? `removed ${change.id}` : `${change.type} ${change.member.id}`),
    );
    return first.map(({ id }) => id);
  }
  /** What is told by the next look, which has ended when the one after it is waited for. */
  async function look(): Promise<readonly string[]> {
    told = [];
    await clock.advance(5_000);
    while (clock.due().length === 0) await sleep(5);
    return told;
  }

  it("are those that stand in it, and connect by kubeconfigs beside it", async () => {
    assert.deepEqual(await begin(), ["a", "b"]);
    assert.deepEqual(await look(), []);
    await (await members.current())[0]!.connect();
    assert.equal(connected[0]?.kubeconfigPath, at("a.kubeconfig"));
  });

  it("come and go with it", async () => {
    await begin();
    write("c.kubeconfig", "three");
    config("a", "c");
    assert.deepEqual(await look(), ["added c", "removed b"]);
    assert.deepEqual(await look(), []);
  });

  it("change where their kubeconfig is another one: whose credentials were rotated", async () => {
    await begin();
    write("a.kubeconfig", "rotated");
    assert.deepEqual(await look(), ["changed a"]);
    assert.deepEqual(await look(), []);
  });

  it("do not change where their kubeconfig is away for a while and comes back the same", async () => {
    await begin();
    rmSync(at("a.kubeconfig"));
    assert.deepEqual(await look(), []);
    write("a.kubeconfig", "one");
    assert.deepEqual(await look(), []);
    rmSync(at("a.kubeconfig"));
    assert.deepEqual(await look(), []);
    write("a.kubeconfig", "rotated");
    assert.deepEqual(await look(), ["changed a"]);
  });

  for (const [what, text] of Object.entries({
    "is wrong": "clusters: { a: {} }",
    "was emptied": "",
    "has no member": "clusters: {}",
  }))
    it(`stay where the file ${what}, which is told once, and once that it is well again`, async () => {
      await begin();
      write("clusterset.yaml", text);
      const [problem = "", ...more] = await look();
      assert.match(problem, /^problem .*clusterset\.yaml: /);
      assert.deepEqual(more, []);
      assert.deepEqual(await look(), []);
      config("a");
      assert.deepEqual(await look(), ["well", "removed b"]);
    });

  it("stay where the file is gone", async () => {
    await begin();
    rmSync(at("clusterset.yaml"));
    assert.deepEqual(await look(), [`problem ${at("clusterset.yaml")} cannot be read (ENOENT)`]);
  });

  it("are followed through the links that Kubernetes swaps when a mounted Secret or ConfigMap changes", async () => {
    const version = (name: string, text: string) => {
      mkdirSync(at(name));
      writeFileSync(path.join(at(name), "clusterset.yaml"), text);
      symlinkSync(name, at("..data.new"));
      renameSync(at("..data.new"), at("..data"));
    };
    version("..v1", "clusters: { a: { kubeconfigPath: a.kubeconfig } }");
    rmSync(at("clusterset.yaml"));
    symlinkSync("..data/clusterset.yaml", at("clusterset.yaml"));
    assert.deepEqual(await begin(), ["a"]);
    version("..v2", "clusters: { a: { kubeconfigPath: a.kubeconfig }, b: { kubeconfigPath: b.kubeconfig } }");
    assert.deepEqual(await look(), ["added b"]);
  });

  it("are refused at the start where the file is wrong", async () => {
    write("clusterset.yaml", "clusters: {}");
    await assert.rejects(members.current(), /clusterset\.yaml: "clusters" must name at least one member/);
  });
});
