/** V8 flags for a process that lives for seconds: some 40 MiB less in every plugin process (docs/decisions/0004). Loaded before anything else. */
import { setFlagsFromString } from "node:v8";

// V8 asks for the factor each time it is about to grow: the young generation would double once 16 MiB of what was loaded and listed have survived.
setFlagsFromString("--semi-space-growth-factor=1");
// The HTTP parser is WebAssembly: to optimise it takes more memory than all that it parses. Neither flag does it alone.
setFlagsFromString("--no-wasm-dynamic-tiering");
setFlagsFromString("--no-wasm-tier-up");
