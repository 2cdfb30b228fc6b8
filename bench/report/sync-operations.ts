/** What is measured of sync, by name. */
export const SYNC = {
  single: "one export and import",
  change: "one changed slice",
  changesAtOnce: "slices changed at once",
  setUp: "exported and imported at once",
  drift: "an imported slice that a stranger changed",
  back: "API server back after an outage",
  restart: "restart until it is current",
  memory: "memory of sync",
  idle: "nothing happens",
  killed: "leader killed",
  stopped: "leader stopped",
} as const;
