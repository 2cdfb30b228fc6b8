/** What a member makes large costs in proportion to its size, not to its square: one member with many keys or ports holds nobody up. */
import assert from "node:assert/strict";
import { contractFaults } from "../../../provider/mcs/merge/contract";
import { withExported } from "../../../provider/mcs/merge/exported-metadata";
import { exportersOf } from "../../../provider/mcs/merge/exporters";
import { offerOf } from "../../../provider/mcs/merge/offer";
import { mergePorts } from "../../../provider/mcs/merge/ports";
import { validity } from "../../../provider/mcs/merge/validity";
import { PORTS_MAX } from "../../../provider/mcs/limits";
import { constituent, KEY, OWNER, service, serviceExport, unreadable, view } from "../../support/builders";
import { countedSteps } from "../../support/counted-steps";

const times = <T>(n: number, make: (at: number) => T) => Array.from({ length: n }, (_, at) => make(at));
const keys = (n: number) => Object.fromEntries(times(n, (at) => [`k${at}`, ""]));
const ports = (n: number, from = 0) =>
  times(n, (at) => ({ name: `p${from + at}`, port: from + at + 1, protocol: "TCP" }));

const exported = (n: number) => ({ hash: String(n), value: keys(n) });
const own = { labels: {}, annotations: {} };

const work: readonly (readonly [string, number, (n: number) => () => unknown])[] = [
  [
    "exported keys, put on an object and taken off",
    1_000,
    (n) => {
      const bare = { labels: exported(0), annotations: exported(0) };
      const full = { labels: exported(n), annotations: exported(n) };
      const live = { metadata: { name: "serve", ...withExported(undefined, full, own) } };
      const remembered = { labels: { hash: "a" }, annotations: { hash: "b" } };
      return () => [bare, full, remembered].map((it) => withExported(live, it, own));
    },
  ],
  [
    "exported keys of an export",
    1_000,
    (n) => {
      const it = serviceExport(0, { exportedLabels: keys(n), exportedAnnotations: keys(n) });
      return () => [validity(it, service()), offerOf(service(), it)];
    },
  ],
  [
    "exporters with 250 ports of their own",
    10,
    (n) => {
      const claims = times(n, (at) => ({ cluster: `c${at}`, ports: ports(PORTS_MAX, at * PORTS_MAX) }));
      return () => mergePorts(claims);
    },
  ],
  [
    "exporters with the same 250 ports, which all differ in one thing",
    10,
    (n) => {
      const claims = times(n, (at) => ({
        cluster: `c${at}`,
        ports: ports(PORTS_MAX).map((port) => ({ ...port, appProtocol: `app${at}` })),
      }));
      return () => mergePorts(claims);
    },
  ],
  ["ports of one exporter", 50, (n) => () => contractFaults(constituent("a", 0, { ports: ports(n) }).offer)],
  [
    "ports of one exporter that are all the same",
    50,
    (n) => () => contractFaults(constituent("a", 0, { ports: times(n, () => ({ port: 1 })) }).offer),
  ],
  [
    "members, all of them exporters",
    20,
    (n) => {
      const views = times(n, (at) => view(`m${at}`, { export: serviceExport(at), service: service() }));
      return () => exportersOf([...views, unreadable("x")], { key: KEY, owner: OWNER, exportFrom: [] });
    },
  ],
];

describe("the work grows no faster than", () => {
  for (const [what, n, make] of work) {
    it(what, () => {
      const [few, many] = [countedSteps(make(n)), countedSteps(make(4 * n))];
      assert.ok(few > 0, "nothing was counted");
      assert.ok(many <= 4.5 * few, `${n}: ${few} steps, ${4 * n}: ${many}`);
    });
  }
});
