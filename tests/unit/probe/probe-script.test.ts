/** What a caller's last word says, however it was cut, and whose objects of a probe are whose. */
import assert from "node:assert/strict";
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
