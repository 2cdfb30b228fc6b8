/** A person at a terminal: the CLI asks before it does anything, and No and Ctrl-C are kept to, by our handlers too. */
import assert from "node:assert/strict";
import { marked } from "../support/objects";
import { skipBecause } from "../support/skip";
import { deployServe } from "../support/workload";
import { Members, ok, openClusterSet } from "./clusterset-stack";
import { patienceMs } from "./harness/index";
import type { Verb } from "./harness/operation-options";
import { keys, type TerminalEnd, terminalUnavailable } from "./harness/terminal";
import { setKillPoint } from "./kill-point";

const derived = "/api/v1/namespaces/default/services/derived-serve";
const serve = { namespace: "default", exportFrom: ["member1"], importTo: ["member2"] };

interface Operation {
  readonly verb: Verb;
  /** The last thing that is shown before the answer. */
  readonly question: RegExp;
  /** So that there is something to be done. */
  readonly arrange?: (members: Members) => Promise<unknown>;
  readonly done: (members: Members) => Promise<void>;
}

const operations: readonly Operation[] = [
  {
    verb: "up",
    question: /Do you want to perform this update\?[^]*> no/,
    done: async (members) => void (await members.api("member2")("GET", derived)),
  },
  {
    verb: "refresh",
    question: /Do you want to perform this refresh\?[^]*> no/,
    arrange: (members) => members.api("member2")("DELETE", derived),
    done: async (members) => void (await members.api("member2")("GET", derived)),
  },
  {
    verb: "destroy",
    question: /Do you want to perform this destroy\?[^]*> no/,
    done: async (members) => {
      for (const id of members.ids) assert.deepEqual(await marked(members.api(id)), []);
    },
  },
];

describe("a person at a terminal", function () {
  this.timeout(patienceMs);
  let members: Members;
  let played: Awaited<ReturnType<typeof openClusterSet>>;

  before(async function () {
    const obstacle = terminalUnavailable();
    if (obstacle !== undefined) skipBecause(this, obstacle);
    members = await Members.start(2);
    await deployServe(members.api("member1"));
    played = await openClusterSet(members);
    await played.program({ services: { serve } });
  });
  after(async () => {
    played?.close();
    await members?.stop();
  });

  async function answered({ verb, question }: Operation, ...pressed: readonly string[]): Promise<TerminalEnd> {
    const terminal = played.stack.inTerminal(verb);
    await terminal.until(question);
    terminal.press(...pressed);
    return terminal.ended;
  }

  /** A CLI that was interrupted may leave its lock: seen once, on a busy machine. Answered No it must not. */
  async function freed(operation: Promise<TerminalEnd>): Promise<TerminalEnd> {
    const end = await operation;
    await played.stack.cancel();
    return end;
  }

  /** `operate` writes nothing: not in any member, and not into the state. */
  async function untouched(operate: () => Promise<TerminalEnd>): Promise<void> {
    const before = [await members.fingerprints(), (await played.stack.exportState()).deployment.resources];
    members.take();
    const { code, shown } = await operate();
    assert.notEqual(code, 0, shown);
    for (const [id, { writes }] of Object.entries(members.take())) assert.deepEqual(writes, [], id);
    assert.deepEqual([await members.fingerprints(), (await played.stack.exportState()).deployment.resources], before);
  }

  for (const operation of operations) {
    describe(`pulumi ${operation.verb}`, () => {
      before(() => operation.arrange?.(members));

      it("answered No: nothing is written", () => untouched(() => answered(operation, keys.enter)));

      it("answered with Ctrl-C: nothing is written", () => untouched(() => freed(answered(operation, keys.interrupt))));

      it("answered Yes: it is done", async () => {
        const { code, shown } = await answered(operation, keys.up, keys.enter);
        assert.equal(code, 0, shown);
        await operation.done(members);
      });
    });
  }

  describe("Ctrl-C", () => {
    it("while it previews: nothing is written", () =>
      untouched(async () => {
        const terminal = played.stack.inTerminal("up");
        let pressed = false;
        const interrupted = members.proxies["member1"]!.add({
          // The members are being read.
          when: () => {
            if (!pressed) terminal.press(keys.interrupt);
            pressed = true;
            return true;
          },
          fault: { kind: "slow", ms: 500 },
        });
        return freed(terminal.ended.finally(interrupted));
      }));

    it("in the middle of an update: what has begun is finished, and the next up completes", async () => {
      const terminal = played.stack.inTerminal("up", { skipPreview: true });
      const happen = () => terminal.press(keys.interrupt);
      const set = setKillPoint(Object.values(members.proxies), { after: 1, answer: "before", happen }, false);
      const { shown } = await freed(terminal.ended);
      set.clear();
      assert.ok(set.reached, shown);
      ok(await played.stack.up({ skipPreview: true }));
      await members.api("member2")("GET", derived);
      const quiet = ok(await played.stack.preview());
      assert.equal(quiet.changes.create + quiet.changes.update, 0, quiet.stdout);
    });
  });
});
