// What the test engine cannot do it says, so that no test passes on behaviour that only the real engine has.

/** A program, option or request beyond what the test engine copies from the real one. */
export class NotCovered extends Error {
  override readonly name = "NotCovered";

  constructor(readonly what: string) {
    super(`not covered by the test engine: ${what}`);
  }
}
