/** What a program says of members that cannot be read. */

/**
 * In every case the member keeps its place among the exporters, other members proceed, and imports, clusterset IPs and derived Services stay.
 * That a member cannot be read from where Pulumi runs does not tell whether it still serves.
 *
 * `"hold"`: its endpoints are kept as they were last seen. `"notReady"`: they are kept, but not ready, so that nothing is sent there until the
 * member can be read again. `"drop"`: they are kept for `dropAfterSeconds` and then removed, by the first run after that time. `"fail"`: nothing
 * is written while the member cannot be read: of any service where the clusterset says so, of this one where the service does.
 */
export type Unreachable = "hold" | "notReady" | "drop" | "fail";
