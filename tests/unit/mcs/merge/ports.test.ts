import assert from "node:assert/strict";
import type { ImportPort } from "../../../../provider/mcs/api";
import { mergePorts, servicePortNames } from "../../../../provider/mcs/merge/ports";
import { UNION_MAX_BYTES } from "../../../../provider/mcs/limits";
import { frozen } from "../../../support/builders";
import { spec } from "../../../support/spec";

/** "http:80", "80" (unnamed), "dns:53/UDP", "web:80=h2c" (appProtocol). */
function port(text: string): ImportPort {
  const [, name = "", number, protocol = "TCP", app] =
    /^(?:([a-z0-9-]+):)?(\d+)(?:\/(\w+))?(?:=(.+))?$/.exec(text) ?? [];
  return { ...(name && { name }), protocol, port: Number(number), ...(app && { appProtocol: app }) };
}

function text({ name, protocol, port: number, appProtocol }: ImportPort): string {
  return `${name ? `${name}:` : ""}${number}${protocol === "TCP" ? "" : `/${protocol}`}${appProtocol ? `=${appProtocol}` : ""}`;
}

const clusters = ["a", "b", "c"];
const merged = (...claims: readonly (readonly string[])[]) =>
  mergePorts(frozen(claims.map((ports, n) => ({ cluster: clusters[n]!, ports: ports.map(port) }))));
const ports = (...claims: readonly (readonly string[])[]) => merged(...claims).ports.map(text);
/** "b: https→https" for each cluster's own port that serves a merged one. */
const served = (...claims: readonly (readonly string[])[]) =>
  [...merged(...claims).names].map(([cluster, names]) =>
    `${cluster}: ${[...names].map((n) => n.join("→")).join(" ")}`.trim(),
  );

describe("the union of ports", () => {
  const unions: readonly [string, string[][], string[]][] = [
    ["of one exporter is its ports", [["http:80", "dns:53/UDP"]], ["http:80", "dns:53/UDP"]],
    ["of equal exporters is one of them", [["http:80"], ["http:80"]], ["http:80"]],
    ["holds the ports of all", [["http:80"], ["https:443"], ["dns:53/UDP"]], ["http:80", "https:443", "dns:53/UDP"]],
    ["keeps the older number where a name means two", [["http:80"], ["http:8080"]], ["http:80"]],
    ["keeps the older name where a number has two", [["http:80"], ["web:80"]], ["http:80"]],
    ["keeps TCP and UDP of one number apart", [["tcp:53"], ["udp:53/UDP"]], ["tcp:53", "udp:53/UDP"]],
    ["counts the empty name as a name", [["80"], ["8080"]], ["80"]],
    ["holds an unnamed port beside named ones", [["80"], ["https:443"]], ["80", "https:443"]],
    ["keeps the older appProtocol", [["http:80=h2c"], ["http:80"]], ["http:80=h2c"]],
    [
      "takes crossed names from the oldest",
      [
        ["a:1", "b:2"],
        ["a:2", "b:1"],
      ],
      ["a:1", "b:2"],
    ],
    ["of port-less headless Services is empty", [[], []], []],
  ];
  for (const [title, claims, expected] of unions) {
    spec(["F5", "F6", "F7"], title, () => assert.deepEqual(ports(...claims), expected));
  }

  const serving: readonly [string, string[][], string[]][] = [
    ["everybody serves what all agree on", [["http:80"], ["http:80"]], ["a: http→http", "b: http→http"]],
    [
      "a port that lost its name to another number is served by nobody there",
      [["http:80"], ["http:8080"]],
      ["a: http→http", "b:"],
    ],
    [
      "a port of the same number serves under the surviving name",
      [["http:80"], ["web:80"]],
      ["a: http→http", "b: web→http"],
    ],
    [
      "crossed names are uncrossed by number",
      [
        ["a:1", "b:2"],
        ["a:2", "b:1"],
      ],
      ["a: a→a b→b", "b: a→b b→a"],
    ],
    [
      "a port that lost its name serves where a third cluster exposes its number, older or younger",
      [["http:80"], ["http:81"], ["alt:81"]],
      ["a: http→http", "b: http→alt", "c: alt→alt"],
    ],
    ["an unnamed port serves a named one of its number", [["http:80"], ["80"]], ["a: http→http", "b: →http"]],
  ];
  for (const [title, claims, expected] of serving) {
    spec(["F8", "E4"], title, () => assert.deepEqual(served(...claims), expected));
  }

  const conflicts: readonly [string, string[][], boolean][] = [
    ["equal sets are no conflict", [["http:80"], ["http:80"]], false],
    [
      "sets that differ only in order are no conflict",
      [
        ["a:1", "b:2"],
        ["b:2", "a:1"],
      ],
      false,
    ],
    ["sets that merely differ are a conflict", [["http:80"], ["http:80", "https:443"]], true],
    ["another appProtocol is a conflict", [["http:80=h2c"], ["http:80"]], true],
    ["another name is a conflict", [["http:80"], ["web:80"]], true],
  ];
  for (const [title, claims, expected] of conflicts) {
    spec(["F5", "C3"], title, () => {
      assert.deepEqual(
        merged(...claims).conflicts.map((c) => c.reason),
        expected ? ["PortConflict"] : [],
      );
    });
  }

  spec("C5", "the conflict names both ports, both clusters and why", () => {
    assert.equal(
      merged(["http:80"], ["http:8080"]).conflicts[0]?.message,
      'ports differ between a (oldest export) and b: port "http" 80/TCP of a (older export) is used, not port "http" 8080/TCP of b',
    );
  });

  spec("C5", "sets that merely differ are explained as a union", () => {
    assert.equal(
      merged(["http:80"], ["https:443"]).conflicts[0]?.message,
      "ports differ between a (oldest export) and b: the union is imported, each port reaches only the clusters that expose it",
    );
  });
});

describe("the port names of the derived Service", () => {
  const names = (...list: string[]) => [...servicePortNames(list.map(port))].map((n) => n.join("→"));

  it("keep a single unnamed port unnamed", () => assert.deepEqual(names("80"), ["→"]));
  it("give an unnamed port beside others a name", () => {
    assert.deepEqual(names("80", "https:443"), ["→tcp-80", "https→https"]);
  });
  it("never take a name that is there", () => {
    assert.deepEqual(names("80", "tcp-80:81", "tcp-80-2:82"), ["→tcp-80-3", "tcp-80→tcp-80", "tcp-80-2→tcp-80-2"]);
  });
});

describe("more ports than an import has room for", () => {
  const offers = (cluster: string, n: number, prefix: string) => ({
    cluster,
    ports: Array.from({ length: n }, (_, at) => ({
      name: `${prefix}${at}`,
      protocol: "TCP",
      port: 1 + at + 500 * [...clustersOf].indexOf(cluster),
      appProtocol: `${"a".repeat(60)}.example.org/${"b".repeat(20)}`,
    })),
  });
  const honest = Array.from({ length: 97 }, (_, n) => `honest${n}`);
  const clustersOf = ["hostile0", "hostile1", "hostile2", ...honest];
  const union = mergePorts([
    ...clustersOf.slice(0, 3).map((cluster) => offers(cluster, 250, cluster)),
    ...honest.map((cluster) => offers(cluster, 10, cluster)),
  ]);

  spec(["F5", "F6"], "are shared out: who offers most is cut, and nobody else", () => {
    assert.ok(JSON.stringify(union.ports).length <= UNION_MAX_BYTES);
    assert.ok(JSON.stringify(union.ports).length > 0.95 * UNION_MAX_BYTES, "room is left");
    assert.deepEqual([...union.leftOut.keys()], ["hostile0", "hostile1", "hostile2"]);
    for (const cluster of honest) assert.equal(union.names.get(cluster)?.size, 10, cluster);
    const left = [...union.leftOut.values()].reduce((sum, n) => sum + n, 0);
    assert.equal(union.ports.length, 3 * 250 + 97 * 10 - left);
  });

  it("are cut before the list of them is too long, to the byte", () => {
    const one = (n: number, name = `p${10_000 + n}`): ImportPort => ({ name, protocol: "TCP", port: 10_000 + n });
    const size = JSON.stringify(one(0)).length + 1;
    const count = Math.floor(UNION_MAX_BYTES / size);
    const rest = UNION_MAX_BYTES - count * size;
    const exact = Array.from({ length: count }, (_, n) => one(n, n === 0 ? `p${"x".repeat(5 + rest)}` : undefined));
    const { ports: kept } = mergePorts([{ cluster: "a", ports: exact, inForce: true }]);
    assert.ok(JSON.stringify(kept).length <= UNION_MAX_BYTES, String(JSON.stringify(kept).length));
  });

  spec("C5", "are told in the conflict, in few words", () => {
    const [conflict] = union.conflicts;
    assert.match(conflict?.message ?? "", /left out are \d+ of hostile0, \d+ of hostile1, \d+ of hostile2$/);
    assert.ok((conflict?.message.length ?? 0) < 1_000);
  });
});
