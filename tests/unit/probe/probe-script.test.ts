/** What a caller's last word says, however it was cut, and whose objects of a probe are whose. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expiredRun, probePod, probeService, PROBE_LABEL, type Run } from "../../../provider/probe/probe-objects";
import { callerScript, readAnswers } from "../../../provider/probe/probe-script";

const run: Run = { id: "abcde", namespace: "net", image: "busybox", expires: "2026-01-01T00:04:00Z", podSeconds: 240 };

describe("the script of a probe", () => {
  it("tells each call by number, family, call and answer, and passes over half a line", () => {
    assert.deepEqual(readAnswers("0 4 0 0\n12 6 3 4\n1 - 4 5\n1 4 9 0\n1 4 0"), [
      { number: 0, family: "IPv4", call: "address", answer: "ok" },
      { number: 12, family: "IPv6", call: "clusterIP", answer: "timeout" },
      { number: 1, call: "name", answer: "unresolved" },
    ]);
  });

  it("stays within a termination message for 50 members of both families", () => {
    const lines = Array.from({ length: 50 }, (_, i) => `${i} 4 0 0\n`.repeat(9)).join("");
    assert.ok(Buffer.byteLength(lines) < 4_096, String(lines.length));
  });

  it("calls an IPv6 address in brackets, and no name or cluster IP that it was not given", () => {
    const families = [{ family: "IPv6" as const, address: "fd00::1" }];
    const script = callerScript([{ number: 3, word: "mcs-probe abcde 3", families }]);
    assert.match(script, /try '3 6 0' \d+ 'mcs-probe abcde 3' address 'http:\/\/\[fd00::1\]:8080'/);
    assert.doesNotMatch(script, /clusterIP '|name '/);
  });
});

describe("the script of a caller, in a shell", () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-script-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** The answer of the first call when wget says these things, one after the other, and the last of them from then on. */
  function answerTo(...said: readonly string[]): string | undefined {
    const program = (name: string, text: string) =>
      writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    const counted = (name: string) =>
      `n=$(($(cat '${folder}/${name}.n' 2>/dev/null || echo 0) + 1)); echo $n > '${folder}/${name}.n'`;
    const cases = said.map((text, at) => `${at === said.length - 1 ? "*" : at + 1}) ${text} ;;`);
    program("wget", `${counted("wget")}; case $n in ${cases.join(" ")} esac`);
    program("timeout", 'shift; exec "$@"');
    program("sleep", "exit 0");
    // Two seconds a look: nobody waits.
    program("date", `${counted("date")}; echo $((n * 2))`);
    const families = [{ family: "IPv4" as const, address: "10.1.0.5" }];
    const script = callerScript([{ number: 0, word: "it is me", families }]);
    const here = script.replaceAll("/tmp/", `${folder}/`).replaceAll("/dev/termination-log", `${folder}/word`);
    execFileSync("sh", ["-c", here], { env: { PATH: `${folder}:${process.env["PATH"]}` }, stdio: "ignore" });
    return readAnswers(readFileSync(path.join(folder, "word"), "utf8"))[0]?.answer;
  }

  const noRoute = `echo "wget: can't connect to remote host: No route to host" >&2; exit 1`;
  const refused = `echo "wget: can't connect to remote host: Connection refused" >&2; exit 1`;
  const killed = "exit 143";

  it("tells how the last attempt ended", () => {
    assert.equal(answerTo(noRoute), "unreachable");
    assert.equal(answerTo(refused, killed), "timeout");
    assert.equal(answerTo("echo somebody else"), "wrong");
    assert.equal(answerTo(killed, "printf 'it is me'"), "ok");
  });

  it("does not forget that there is no route when an attempt after it was only slow", () => {
    assert.equal(answerTo(noRoute, killed), "unreachable");
  });
});

describe("the objects of a probe", () => {
  it("are told as over only after their time, and never without their label or a time", () => {
    const { metadata } = probeService(run, 0);
    const at = (text: string) => expiredRun({ metadata }, Date.parse(text));
    assert.deepEqual([at("2026-01-01T00:03:59Z"), at("2026-01-01T00:04:00Z")], [undefined, "abcde"]);
    const later = Date.parse("2027-01-01T00:00:00Z");
    assert.equal(expiredRun({ metadata: { ...metadata, annotations: {} } }, later), undefined);
    assert.equal(expiredRun({ metadata: { ...metadata, labels: {} } }, later), undefined);
  });

  it("select the server's pod and no caller", () => {
    const { selector } = probeService(run, 1).spec;
    const labelled = (name: string) => probePod(run, name, "").metadata.labels ?? {};
    const selects = (name: string) => Object.entries(selector!).every(([key, value]) => labelled(name)[key] === value);
    assert.deepEqual(
      [selects("mcs-probe-abcde-1"), selects("mcs-probe-abcde-0"), selects("mcs-probe-abcde-from")],
      [true, false, false],
    );
    assert.equal(labelled("x")[PROBE_LABEL], "abcde");
  });

  it("run what the profile restricted of Pod Security lets run, and end by themselves", () => {
    const { spec } = probePod(run, "one", "exit 0") as unknown as { spec: Restricted };
    assert.equal(spec.activeDeadlineSeconds, 240);
    assert.equal(spec.restartPolicy, "Never");
    assert.equal(spec.automountServiceAccountToken, false);
    assert.ok(spec.securityContext.runAsNonRoot);
    const [{ securityContext }] = spec.containers;
    assert.deepEqual([securityContext.allowPrivilegeEscalation, securityContext.capabilities.drop], [false, ["ALL"]]);
  });
});

interface Restricted {
  readonly activeDeadlineSeconds: number;
  readonly restartPolicy: string;
  readonly automountServiceAccountToken: boolean;
  readonly securityContext: { readonly runAsNonRoot: boolean };
  readonly containers: readonly [
    {
      readonly securityContext: {
        readonly allowPrivilegeEscalation: boolean;
        readonly capabilities: { readonly drop: readonly string[] };
      };
    },
  ];
}
