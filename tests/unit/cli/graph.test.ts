/** The pictures of a clusterset: what they show, and that nothing in them is more than text. */
import assert from "node:assert/strict";
import { htmlPage } from "../../../provider/cli/graph/html-page";
import { mermaidText } from "../../../provider/cli/graph/mermaid-text";
import { svgPicture } from "../../../provider/cli/graph/svg-picture";
import type { Overview } from "../../../provider/reconcile/overview/overview";
import { hostile, troubled } from "../../support/seen";

describe("a picture of the clusterset", () => {
  let read: Overview;
  before(async () => void (read = await troubled()));

  it("as Mermaid has exporters, the service and importers, a broken line for what is behind, and ? for what is unknown", () => {
    assert.deepEqual(mermaidText(read).split("\n").slice(0, -3), [
      "flowchart LR",
      "  subgraph exporting",
      '    e0["member1"]',
      '    e1["member3"]',
      "  end",
      '  s0(["demo/serve"]):::wrong',
      "  subgraph importing",
      '    i0["member1"]',
      '    i1["member2"]',
      '    i2["member3"]',
      "  end",
      '  e0 -->|"exports"| s0',
      '  e1 -->|"exports"| s0',
      '  s0 -.->|"member1 2/2, member3 1/1"| i0',
      '  s0 -.->|"member1 2/2, member3 1/1"| i1',
      '  s0 -.->|"member1 2/2, member3 1/1"| i2',
      '  u0["member4: ?"]:::unknown',
    ]);
  });

  it("as SVG has a column a member and an arc a flow between two", () => {
    const svg = svgPicture(read);
    assert.equal([...svg.matchAll(/class="head/g)].length, 4);
    assert.equal([...svg.matchAll(/<path class="flow behind"/g)].length, 2, "member1 to member2 and member3");
    assert.equal([...svg.matchAll(/<path class="flow current"/g)].length, 2, "member3 to member1 and member2");
    assert.match(svg, /member4 \?/);
  });

  it("of a cluster that was not given has its column, too", () => {
    const [service] = read.services;
    const services = [{ ...service!, unknownIn: ["stranger"] }];
    assert.match(svgPicture({ ...read, services }), /stranger: not given/);
  });

  it("of nothing says so", () => {
    const nothing = { ...read, members: [], services: [] };
    assert.match(svgPicture(nothing), /no exports and no imports/);
    assert.match(mermaidText(nothing), /no exports and no imports/);
  });

  it("is the same for the same clusterset", () => {
    for (const draw of [mermaidText, svgPicture, htmlPage]) assert.equal(draw(read), draw(structuredClone(read)));
  });

  it("has no markup but its own, whatever a cluster says", () => {
    const tags = (text: string) => new Set([...text.matchAll(/<\/?[a-z!][^\s>]*/gi)].map(([tag]) => tag));
    for (const draw of [svgPicture, htmlPage]) {
      const bad = draw(hostile(read));
      assert.deepEqual(
        [...tags(bad)].filter((tag) => !tags(draw(read)).has(tag)),
        [],
      );
      assert.ok(!bad.includes("\u001b") && !bad.includes("\u202e"));
    }
    for (const line of mermaidText(hostile(read)).split("\n")) {
      const [before = "", label = "", after = "", ...more] = line.split('"');
      assert.deepEqual(more, [], line);
      assert.doesNotMatch(label, /[<>`&\u001b\u202e]/);
      assert.match(`${before}"${after}`, /^[\w -.>,:#|([]*"[\])|]* ?[\w:]*$/, line);
    }
  });

  it("asks nothing of a network: no address in it but the name of SVG", () => {
    const addresses = [...htmlPage(read).matchAll(/https?:\/\/[^"' <]+|\b(?:src|href)=/g)].map(([text]) => text);
    assert.deepEqual([...new Set(addresses)], ["http://www.w3.org/2000/svg"]);
  });
});
