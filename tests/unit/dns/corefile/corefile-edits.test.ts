/** Parts of a Corefile are added and taken off; what is not understood is refused; everything else stays, byte for byte. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { clustersetParts } from "../../../../provider/dns/corefile/clusterset-parts";
import {
  hasPart,
  type Part,
  PARTS,
  type Way,
  withoutPart,
  withPart,
} from "../../../../provider/dns/corefile/corefile-edits";
import { tokensOf } from "../../../../provider/dns/corefile/corefile-tokens";
import { K3S, KUBEADM, KUBEADM_MULTICLUSTER, SPLIT } from "../corefiles";

function text(edited: ReturnType<typeof withPart>): string {
  if (typeof edited !== "string") assert.fail(`the Corefile ${edited.refused}`);
  return edited;
}

function missing(corefile: string, way: Way): readonly Part[] {
  const parts = clustersetParts(corefile);
  if ("refused" in parts) assert.fail(`the Corefile ${parts.refused}`);
  return PARTS[way].filter((part) => !hasPart(parts, part));
}

/** As the plan does: each missing part, one after the other. */
function serving(corefile: string, way: Way): string {
  return missing(corefile, way).reduce((now, part) => text(withPart(now, part)), corefile);
}

function without(corefile: string, parts: readonly Part[]): string {
  return [...parts].reverse().reduce((now, part) => text(withoutPart(now, part)), corefile);
}

function refusal(corefile: string): string {
  const parts = clustersetParts(corefile);
  return "refused" in parts ? parts.refused : assert.fail("it was not refused");
}

const real = { kubeadm: KUBEADM, k3s: K3S, "a block a zone": SPLIT };

describe("a Corefile", () => {
  it("of kubeadm gets the zone and the option, and nothing else", () => {
    assert.deepEqual(missing(KUBEADM, "multicluster"), ["zone", "option"]);
    assert.equal(serving(KUBEADM, "multicluster"), KUBEADM_MULTICLUSTER);
  });

  it("with a block a zone gets a key, too, or no query would come", () => {
    assert.deepEqual(missing(SPLIT, "multicluster"), ["key", "zone", "option"]);
    const expected = SPLIT.replace("cluster.local:53 {", "cluster.local:53 clusterset.local:53 {").replace(
      "\tkubernetes cluster.local\n",
      "\tkubernetes cluster.local clusterset.local {\n\t   multicluster clusterset.local\n\t}\n",
    );
    assert.equal(serving(SPLIT, "multicluster"), expected);
  });

  for (const [name, corefile] of Object.entries(real)) {
    for (const way of ["multicluster", "rewrite"] as const) {
      it(`${name}: what was added (${way}) is all there, is added once, and goes without a trace`, () => {
        const added = missing(corefile, way);
        const served = serving(corefile, way);
        assert.deepEqual(missing(served, way), []);
        assert.equal(serving(served, way), served);
        assert.equal(without(served, added), corefile);
      });
    }
  }

  it("keeps a rewrite and the option apart, so that one can follow the other", () => {
    const rewritten = serving(KUBEADM, "rewrite");
    const both = serving(rewritten, "multicluster");
    assert.equal(without(both, ["rewrite"]), KUBEADM_MULTICLUSTER);
  });

  it("with other multicluster zones gets one more, and keeps them", () => {
    const other = KUBEADM.replace("ttl 30", "multicluster other.local").replace(
      "cluster.local in",
      "cluster.local other.local in",
    );
    const served = serving(other, "multicluster");
    assert.match(served, /^ {7}multicluster other\.local clusterset\.local$/m);
    assert.equal(without(served, ["zone", "option"]), other);
  });

  it("keeps a comment that somebody wrote beside what goes", () => {
    const told = KUBEADM_MULTICLUSTER.replace(
      "multicluster clusterset.local",
      "multicluster clusterset.local # asked for by shop",
    );
    assert.match(without(told, ["option"]), /^ {7} # asked for by shop$/m);
  });

  it("written in other letters, or with a dot at its end, is the same zone", () => {
    const dotted = KUBEADM_MULTICLUSTER.replaceAll("clusterset.local", "ClusterSet.local.");
    assert.deepEqual(missing(dotted, "multicluster"), []);
  });

  it("never loses its last zone or key", () => {
    const only = "clusterset.local {\n  kubernetes clusterset.local {\n    multicluster clusterset.local\n  }\n}\n";
    assert.equal(without(only, ["key", "zone"]), only);
  });

  it("says what bounds its answers", () => {
    const parts = clustersetParts(K3S.replace("pods insecure", "namespaces shop\n      noendpoints"));
    if ("refused" in parts) assert.fail(parts.refused);
    assert.deepEqual(parts.limits, [
      "answers for some namespaces only",
      "answers for no headless service (noendpoints)",
      "imports /etc/coredns/custom/*.server, which cannot be seen from here: what it has for clusterset.local comes first",
    ]);
    assert.equal(parts.reloads, true);
  });

  describe("that is not understood is refused", () => {
    const block = (inside: string) => `.:53 {\n${inside}\n}\n`;
    const cases: Readonly<Record<string, readonly [string, RegExp]>> = {
      "without the plugin kubernetes": [block("forward . 10.0.0.2"), /no server block with the plugin kubernetes/],
      "with the plugin in a snippet": [
        "(k) {\nkubernetes a.b\n}\n.:53 {\nimport k\n}\n",
        /no server block with the plugin/,
      ],
      "with the plugin twice": [block("kubernetes a.b") + "c.d {\nkubernetes c.d\n}\n", /more than once/],
      "with the plugin for addresses alone": [block("kubernetes in-addr.arpa"), /no server block with the plugin/],
      "with the plugin without zones": [block("kubernetes"), /without zones/],
      "with a zone from the environment": [block("kubernetes {$DOMAIN}"), /from the environment/],
      "with a key from the environment": [`.:{$PORT} {\nkubernetes a.b\n}\n`, /from the environment/],
      "with an import among the options": [
        block("kubernetes a.b {\nimport options\n}"),
        /option of the plugin kubernetes in line 3/,
      ],
      "with braces among the options": [block("kubernetes a.b {\nx {\ny\n}\n}"), /option of the plugin kubernetes/],
      "with a view": [block("kubernetes a.b\nview x {\nexpr true\n}"), /a view/],
      "with two blocks for the same": [block("kubernetes a.b") + block("forward . 10.0.0.2"), /several server blocks/],
      "with a block of its own for the zone": [
        block("kubernetes a.b") + "clusterset.local:53 {\nforward . 10.1.1.1\n}\n",
        /server block of its own for clusterset\.local/,
      ],
      "with other transports alone": ["tls://.:853 {\nkubernetes a.b\n}\n", /no port of plain DNS/],
      "without braces": ["example.org\nkubernetes a.b\n", /not written as "zones \{"/],
      "with a brace that does not end": [".:53 {\nkubernetes a.b {\n}\n", /braces in line 1 that do not end/],
      "with a brace too many": [block("}"), /not written as/],
      "with a quote that does not end": [block('log "x'), /quote in line 2/],
      "on one line": [".:53 { kubernetes a.b { pods insecure } }\n", /beside them|does not stand/],
      "of more than 64 kB": [block("kubernetes a.b") + "#".repeat(65_536), /more than 65536 characters/],
      empty: ["", /no server block/],
    };
    for (const [name, [corefile, reason]] of Object.entries(cases)) {
      it(name, () => {
        assert.match(refusal(corefile), reason);
        for (const part of PARTS.multicluster)
          assert.deepEqual(withPart(corefile, part), { refused: refusal(corefile) });
        assert.deepEqual(withoutPart(corefile, "option"), { refused: refusal(corefile) });
      });
    }
  });

  it("of any layout keeps all that is not ours, and gets it back when ours goes", () => {
    fc.assert(
      fc.property(corefiles, fc.constantFrom<Way>("multicluster", "rewrite"), (corefile, way) => {
        const added = missing(corefile, way);
        const served = serving(corefile, way);
        assert.deepEqual(missing(served, way), []);
        assert.equal(without(served, added), corefile);
        // The words of others, in their order.
        const left = words(served);
        for (const word of words(corefile)) assert.ok(left.includes(word) && left.splice(0, left.indexOf(word) + 1));
      }),
    );
  });
});

describe("any text", () => {
  const piece = fc.constantFrom(
    "{",
    "}",
    "\n",
    " ",
    "#",
    '"',
    "\\",
    ".:53",
    "kubernetes",
    "cluster.local",
    "clusterset.local",
    "multicluster",
    "import",
    "(a)",
    ",",
    "\r",
    "\u00a0",
    "\ufeff",
  );

  it("is read or refused, and nothing is cut out of it that was not put in", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 40 }), (pieces) => {
        const corefile = pieces.join("");
        const parts = clustersetParts(corefile);
        if ("refused" in parts) return;
        const added = PARTS.multicluster.filter((part) => !hasPart(parts, part));
        assert.equal(without(serving(corefile, "multicluster"), added), corefile);
      }),
      { numRuns: 2_000 },
    );
  });

  it("as long as may be is read to its end", () => {
    const longest = (piece: string) => piece.repeat(Math.floor(65_536 / piece.length));
    // A reading that begins anew at every word would not end.
    for (const text of ["{\n", '"', "a ", "# ", ".:53 {\n}\n", "a,\n", "import x\n"]) clustersetParts(longest(text));
  });
});

function words(corefile: string): string[] {
  const tokens = tokensOf(corefile);
  if ("refused" in tokens) return assert.fail(tokens.refused);
  return tokens.map((token) => token.text);
}

const space = fc.constantFrom(" ", "  ", "\t");
const indent = fc.constantFrom("", "  ", "    ", "\t");
const comment = fc.constantFrom("", "", " # a comment { with } braces", "  #", '\t# "quoted');
const newline = fc.constantFrom("\n", "\n", "\n\n", "\n  # between\n", "\r\n");
const option = fc.constantFrom(
  "pods insecure",
  "ttl 30",
  "fallthrough in-addr.arpa",
  'labels "a b"',
  "multicluster other.local",
);
const plugin = fc.constantFrom(
  "errors",
  "cache 30",
  "forward . /etc/resolv.conf",
  'log "{combined} {duration}"',
  "reload",
  "template IN A x {\n rcode NXDOMAIN\n }",
);
const corefiles = fc
  .record({
    indent,
    space,
    comment,
    newline,
    key: fc.constantFrom(".:53", ".", "cluster.local", "cluster.local:53, example.org:53", "dns://.:1053"),
    zones: fc.constantFrom("cluster.local", "in-addr.arpa cluster.local ip6.arpa", "other.local cluster.local"),
    options: fc.uniqueArray(option, { minLength: 1, maxLength: 4 }),
    braces: fc.boolean(),
    before: fc.array(plugin, { maxLength: 3 }),
    after: fc.array(plugin, { maxLength: 3 }),
    others: fc.subarray([
      "other.org:53 {\n  forward . 10.0.0.2\n}\n",
      "(snippet) {\n  errors\n}\n",
      "import *.server\n",
      "local:53 {\n  errors\n}\n",
    ]),
  })
  .map(({ indent: i, space: s, comment: c, newline: n, ...it }) => {
    const options = it.options.map((words) => `${i}${i}${words}${c}${n}`).join("");
    const kubernetes = `${i}kubernetes${s}${it.zones}${it.braces ? `${s}{${c}${n}${options}${i}}` : ""}${c}${n}`;
    const line = (words: string) => `${i}${words}${c}${n}`;
    const block = `${it.key}${s}{${c}${n}${it.before.map(line).join("")}${kubernetes}${it.after.map(line).join("")}}${n}`;
    return `${it.others.slice(0, 1).join("")}${block}${it.others.slice(1).join("")}`;
  });
