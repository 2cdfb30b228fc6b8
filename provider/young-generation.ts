/**
 * Keeps V8's young generation at the size that it has when this is loaded. It would double once 16 MiB of what was loaded and listed have
 * survived in it: 20 MiB in every plugin process, which lives for seconds (docs/decisions/0004).
 */
import { setFlagsFromString } from "node:v8";

// V8 asks for the factor each time it is about to grow. One that did not know the flag would say so on stderr, and go on.
setFlagsFromString("--semi-space-growth-factor=1");
