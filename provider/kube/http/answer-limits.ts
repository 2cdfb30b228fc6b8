/**
 * How much one member may answer. Above what Kubernetes itself is built for (5,000 nodes, 150,000 pods, 10,000 Services), and below what would
 * let one member exhaust the process. More is a failure that names the limit, and never a shorter list. docs/security.md lists them; a test
 * holds the two together.
 */

/** Bytes of one answer, as sent and after decompression. */
export const ANSWER_MAX_BYTES = 64 * 1024 * 1024;
/** Values (objects, lists and their entries) in the JSON of one answer: a small text can otherwise become twenty times as much memory. */
export const ANSWER_MAX_VALUES = 3_000_000;
/** Objects and lists inside each other in the JSON of one answer. */
export const ANSWER_MAX_DEPTH = 100;
/** Bytes of one event of a watch: etcd stores no object of more than 1.5 MiB, and JSON makes it longer. */
export const EVENT_MAX_BYTES = 8 * 1024 * 1024;
/** Objects asked for in one answer. */
export const PAGE_OBJECTS = 500;
/** Answers that one list may come in. */
export const LIST_MAX_PAGES = 400;
/** Times the timeout of one request, for a whole list. */
export const LIST_MAX_TIMEOUTS = 10;
