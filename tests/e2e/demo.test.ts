/** The demo as a person runs it: all its steps, and nothing left behind, however it ends. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

interface Run {
  readonly code: number | null;
  readonly text: string;
}

describe("the demo", function () {
  this.timeout(600_000);
  let temporary: string;
  beforeEach(() => void (temporary = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-demo-test-"))));
  afterEach(() => rmSync(temporary, { recursive: true, force: true }));

  /** `cutAt`: sends SIGTERM when a line holds this. */
  async function demo(cutAt?: string): Promise<Run> {
    const script = path.join(__dirname, "../demo/run.ts");
    const child = spawn(process.execPath, ["--require", "tsx/cjs", script], {
      // All that it makes lies here; a demo that is to be kept is another matter.
      env: { ...process.env, TMPDIR: temporary, KEEP: "" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    const hear = (chunk: Buffer) => {
      text += chunk.toString();
      if (cutAt !== undefined && text.includes(cutAt) && !child.killed) child.kill("SIGTERM");
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    const [code] = (await once(child, "close")) as [number | null];
    return { code, text };
  }

  /** But for the folder by which the passes of an engine know of each other; the next engine's forget those that are gone. */
  function leftBehind(): readonly string[] {
    return readdirSync(temporary).filter(
      (name) => name.startsWith("pulumi-mcs-") && name !== `pulumi-mcs-${os.userInfo().uid}`,
    );
  }

  async function assertNothingLeft(): Promise<void> {
    // The state of an engine that was cut short may take a moment to go.
    for (let i = 0; i < 50 && leftBehind().length > 0; i += 1) await sleep(100);
    assert.deepEqual(leftBehind(), []);
    assert.deepEqual(processesOf(temporary), []);
  }

  it("goes through its steps, each checked, and leaves nothing", async () => {
    const { code, text } = await demo();
    assert.equal(code, 0, text);
    const steps = [...text.matchAll(/^=== \d+\. (.*)$/gm)].map(([, title]) => title);
    assert.equal(steps.length, 12, steps.join("; "));
    assert.match(text, /^ {2}(✔ a pod of member1 answered|\(not called: .+\))$/m);
    assert.match(
      text,
      /exec call -- wget \S.* http:\/\/serve\.default\.svc\.clusterset\.local\/$|\(not called: .+\)$/m,
    );
    assert.match(text, /✔ it says just: member2: slices \+0 ~1 −0, endpoints \+1 −0$/m);
    assert.match(text, /✔ derived-serve listens on port 80 again$/m);
    assert.match(text, /✔ nothing of ours is left, but the two CRDs$/m);
    assert.match(text, /The walk-through took \S+\.\n$/);
    await assertNothingLeft();
  });

  it("stops what it started when it is cut short", async () => {
    const { code, text } = await demo("pulumi up…");
    assert.equal(code, 143, text);
    assert.match(text, /SIGTERM: the demo is cut short/);
    await assertNothingLeft();
  });
});

/** Command lines of the processes, other than this one, that speak of a path; none where the system does not tell. */
function processesOf(folder: string): readonly string[] {
  if (!existsSync("/proc/self/cmdline")) return [];
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  return pids.map(commandLine).filter((text) => text.includes(folder));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}
