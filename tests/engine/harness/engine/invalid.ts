// Tells "already reported" from errors that still have to be.

/** The program's wish cannot be had; every reason is in the recorder. */
export class Invalid extends Error {
  override readonly name = "Invalid";
}
