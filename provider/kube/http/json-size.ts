/** How much there is in a JSON text, before it is parsed: parsing makes of `[{},{},…]` twenty times the memory, and walks of deep nesting end the stack. */

export interface JsonSize {
  /** Objects, lists and their entries, roughly. */
  readonly values: number;
  /** The deepest nesting. */
  readonly depth: number;
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_OBJECT, OPEN_LIST] = [0x7b, 0x5b];
const [CLOSE_OBJECT, CLOSE_LIST] = [0x7d, 0x5d];

/** Of any bytes, JSON or not. One pass. */
export function jsonSize(bytes: Uint8Array): JsonSize {
  let values = 1;
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    switch (bytes[at]) {
      case QUOTE:
        at = endOfString(bytes, at + 1);
        break;
      case OPEN_OBJECT:
      case OPEN_LIST:
        values += 1;
        depth += 1;
        if (depth > deepest) deepest = depth;
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        depth -= 1;
        break;
      case COMMA:
        values += 1;
        break;
      default:
    }
  }
  return { values, depth: deepest };
}

/** Where the closing quote is, or the end. */
function endOfString(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at += 1) {
    if (bytes[at] === QUOTE) return at;
    if (bytes[at] === BACKSLASH) at += 1;
  }
  return bytes.length;
}
