/** What `status` shows: within 80 columns, as text, and as JSON that the schema describes. */
import assert from "node:assert/strict";
import { statusFindings } from "../../../provider/cli/status/status-findings";
import { statusJson } from "../../../provider/cli/status/status-json";
import { statusTable } from "../../../provider/cli/status/status-table";
import { printableJson } from "../../../provider/mcs/printable";
import type { Overview } from "../../../provider/reconcile/overview/overview";
import { hostile, HOSTILE, troubled } from "../../support/seen";
import { schemaFaults } from "../../support/status-schema";

const plain = { paint: (_: string, text: string) => text };

describe("the table of status", () => {
  let read: Overview;
  before(async () => void (read = await troubled()));

  it("has a row a member, and ? for one that cannot be read", () => {
    assert.deepEqual(statusTable(read, { width: 80, ...plain }).split("\n"), [
      "SERVICE     MEMBER   EXPORT  IMPORT     ENDPOINTS           KEPT BY",
      "demo/serve  member1  3/3     10.96.0.2  member1 2/2 behind  shop/dev",
      "                                        member3 1/1",
      "            member2          10.96.0.2  member1 2/2 behind  shop/dev",
      "                                        member3 1/1",
      "            member3  1/1     10.96.0.2  member1 2/2 behind  shop/dev",
      "                                        member3 1/1",
      "            member4  ?       ?          ?                   ?",
    ]);
  });

  it("is no wider than the terminal, whatever the names, and loses nothing of them", () => {
    const long = "a-name-of-sixty-three-characters-that-is-as-long-as-labels-may-be";
    const services = read.services.map((service) => ({
      ...service,
      namespace: long,
      name: long,
      imports: service.imports.map((it) => ({
        ...it,
        member: `${it.member}-${long}`,
        ips: ["2001:db8:1234:5678:9abc:def0:1234:5678"],
      })),
    }));
    const table = statusTable({ ...read, services }, { width: 80, ...plain });
    for (const line of table.split("\n")) assert.ok(line.length <= 80, line);
    const wide = statusTable({ ...read, services }, plain);
    assert.ok(wide.includes(`${long}/${long}`), "where there is no terminal nothing is broken");
  });

  it("paints only what asks for attention, and nothing where there is nobody to see it", () => {
    const painted: string[] = [];
    const paint = (style: string, text: string) => (painted.push(`${style} ${text}`), text);
    statusTable(read, { paint });
    assert.deepEqual([...new Set(painted)].sort(), ["red behind", "red demo/serve", "yellow ?"]);
  });

  it("shows as text what a cluster chose to look like anything else", () => {
    const text = `${statusTable(hostile(read), plain)}\n${statusFindings(hostile(read), plain)}`;
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u202e]/);
  });
});

describe("the lines below it", () => {
  it("name each thing with its word and its way out, and when a member was last read", async () => {
    const lastRead = new Map([["member4", "2026-01-01T00:00:00.000Z"]]);
    const text = statusFindings(await troubled(), plain, { lastRead });
    assert.match(text, /^unreadable +cluster "member4": no answer \(last read 2026-01-01T00:00:00.000Z\)$/m);
    assert.match(
      text,
      /^wrong +demo\/serve: member2: behind member1: 2\/2 here, 3\/3 there: the next pulumi up of shop\/dev puts it right$/m,
    );
  });

  it("are none where all is well", async () => {
    const read = await troubled();
    assert.equal(statusFindings({ ...read, members: [], services: [] }, plain), "");
  });
});

describe("status --json", () => {
  it("is as docs/status.schema.json says, hostile or not", async () => {
    const read = await troubled();
    for (const one of [read, hostile(read)])
      assert.deepEqual(schemaFaults(JSON.parse(printableJson(statusJson(one)))), []);
  });

  it("is not, where a key is missing, added, or 0 in place of null: the schema can tell", async () => {
    const report = JSON.parse(printableJson(statusJson(await troubled())));
    assert.notDeepEqual(schemaFaults({ ...report, verdict: undefined }), []);
    assert.notDeepEqual(schemaFaults({ ...report, more: 1 }), []);
    report.services[0].imports[0].sources[0].endpoints = 0;
    assert.notDeepEqual(schemaFaults(report), []);
  });

  it("keeps a hostile text whole, escaped", async () => {
    const text = printableJson(statusJson(hostile(await troubled())));
    assert.ok(!text.includes("\u001b") && !text.includes("\u202e"));
    assert.equal(JSON.parse(text).services[0].name, HOSTILE);
  });
});
