// Contents of the harness: stacks on the real CLI or on the test engine, with one face.
export { openStack } from "./open-stack.js";
export type { OpenStackOptions } from "./open-stack.js";
export { cacheDirectory, findOrDownloadPulumi, findPulumi } from "./find-pulumi.js";
export type { FoundPulumi } from "./find-pulumi.js";
export { NotCovered } from "./engine/not-covered.js";
export { isDefaultProvider, makeUrn, nameOf, qualifiedTypeOf, rootStackType, typeOf } from "./urn.js";
export type * from "./stack-driver.js";
