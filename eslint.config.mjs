import { globSync } from "node:fs";
import { basename, relative } from "node:path";
import { createTypeScriptImportResolver } from "eslint-import-resolver-typescript";
import { importX } from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

/**
 * Who may import what at run time, and why; types may always cross: they are erased. Patterns are of the specifier: `**\/kube/**` is the room
 * kube, from however deep. docs/architecture.md shows the same table.
 */
const above = (...rooms) => rooms.map((room) => `**/${room}/**`);
const SHELLS = ["resources", "cli", "sdk", "plugin"];
const layers = [
  [
    "common/**",
    [...above("provider", "sdk", "plugin"), "@*/**"],
    "common/ is what program and plugin share: it belongs to neither",
  ],
  [
    "provider/mcs/**",
    [...above("reconcile", "dns", "probe", "kube", ...SHELLS), "@*/**", "node:*", "!node:crypto"],
    "mcs/ is the KEP as pure functions: give it values, not services",
  ],
  [
    "provider/mcs/*",
    above("merge", "derive", "outage"),
    "the door of mcs/ is what its rooms share: it knows none of them",
  ],
  ["provider/mcs/merge/**", above("derive", "outage"), "what the exporters agree on does not depend on who imports it"],
  [
    "provider/mcs/derive/**",
    above("outage"),
    "what an importer should hold is derived from what is known; outage/ decides what is",
  ],
  [
    "provider/reconcile/**",
    [...above("dns", "probe", "kube", ...SHELLS), "@*/**", "node:*", "!node:timers/promises", "undici"],
    "reconcile/ reaches clusters only through its own port, member.ts",
  ],
  [
    "provider/dns/**",
    [...above("kube", "decide", "apply", ...SHELLS), "@*/**", "node:*", "undici"],
    "dns/ reaches clusters only through the port, reconcile/member.ts",
  ],
  [
    "provider/probe/**",
    [...above("kube", "decide", "apply", "dns", ...SHELLS), "@*/**", "node:*", "undici"],
    "probe/ reaches clusters only through the port and the pipeline, reconcile/",
  ],
  [
    "provider/dns/corefile/**",
    [...above("mcs", "reconcile"), "../*"],
    "a Corefile is text: what is in it does not depend on the cluster that it came from",
  ],
  [
    "provider/reconcile/store/**",
    above("observe", "decide", "apply", "preflight", "membership"),
    "a store keeps what it is told; who reads the members tells it",
  ],
  [
    "provider/reconcile/{observe,reflect,preflight,membership}/**",
    above("decide", "apply"),
    "what is read does not depend on what is decided with it",
  ],
  [
    "provider/reconcile/decide/**",
    above("observe", "apply", "preflight", "membership"),
    "deciding is pure: give it what was observed",
  ],
  [
    "provider/reconcile/overview/**",
    above("apply", "preflight", "membership", "gc"),
    "an overview only reads: it must not be able to write",
  ],
  [
    "provider/reconcile/gc/**",
    above("decide", "preflight", "membership"),
    "gc removes what is left over, and decides nothing about what is used",
  ],
  [
    "provider/reconcile/apply/**",
    above("preflight", "membership"),
    "applying writes what was decided, and asks nothing else",
  ],
  [
    "provider/sync/**",
    [...above("dns", "kube", "overview", "gc", "preflight", ...SHELLS), "@pulumi/**", "undici"],
    "sync/ reaches clusters only through the port, and is run by whoever has connections to give",
  ],
  [
    "provider/sync/{queue,guard,pass,seams}/**",
    ["../sync-process", "../held-fleet", "../start-gate", "../auditing"],
    "the parts of the process know nothing of the whole",
  ],
  [
    "provider/kube/**",
    [...above("dns", "probe", ...SHELLS), "@pulumi/**"],
    "kube/ implements the port and knows nothing of Pulumi or of the command line",
  ],
  ["provider/kube/http/**", above("api", "credentials", "crds"), "http/ moves JSON: what it means is known in api/"],
  [
    "provider/kube/credentials/**",
    above("api", "crds"),
    "credentials/ knows how to get in, not what is behind the door",
  ],
  [
    "provider/resources/**",
    [...above("cli", "sdk", "plugin"), "@kubernetes/**", "@pulumi/pulumi", "undici"],
    "handlers must not load the Pulumi SDK or the Kubernetes client when they are required",
  ],
  [
    "provider/resources/dns/**",
    above("service", "membership"),
    "names are resolved in any member, whatever services it imports",
  ],
  [
    "provider/resources/inputs/**",
    above("service", "membership", "dns", "display", "process"),
    "inputs/ turns properties into values; what is done with them is decided elsewhere",
  ],
  [
    "provider/resources/{display,process}/**",
    above("service", "membership", "dns"),
    "display/ and process/ serve every resource and know none",
  ],
  [
    "provider/sync/lease/**",
    above("kube", "observe", "decide", "apply"),
    "who leads is agreed on through the port, whatever the leader does",
  ],
  [
    "provider/sync/metrics/**",
    above("kube", "reconcile"),
    "metrics are told what happens: what they cannot reach they cannot disturb",
  ],
  [
    "provider/cli/**",
    [...above("resources", "sdk", "plugin"), "@pulumi/**"],
    "the command line runs where there is no Pulumi",
  ],
  [
    "provider/cli/{check,status,graph}/**",
    ["**/gc/**", "**/apply/**"],
    "check, status and graph only look: what they cannot import they cannot write",
  ],
  [
    "plugin/**",
    [
      ...above("mcs", "reconcile", "dns", "kube", "cli", "sdk"),
      "!**/resources/dns/**",
      "@pulumi/pulumi/*",
      "!@pulumi/pulumi/proto",
      "undici",
    ],
    "plugin/ translates the protocol for the handlers: what a resource does is decided in provider/resources/",
  ],
  [
    "sdk/**",
    above("provider", "plugin"),
    "the program and the plugin are two processes: meet by name in sdk/engine/serialized-provider.ts, never by import",
  ],
];

/** A reader who looks for a file by its name finds one. The two entries and what a tool names are the tool's. */
const uniqueBaseName = {
  meta: { type: "problem", schema: [] },
  create(context) {
    const files = packageFiles();
    return {
      Program(node) {
        const own = relative(import.meta.dirname, context.filename);
        const twins = (files.get(basename(own)) ?? []).filter((file) => file !== own);
        if (twins.length > 0)
          context.report({ node, message: `${twins.join(", ")} has the same name: name each for its own idea` });
      },
    };
  },
};

let known;
function packageFiles() {
  known ??= Map.groupBy(globSync("{common,provider,sdk,plugin}/**/*.ts", { cwd: import.meta.dirname }), (file) =>
    basename(file),
  );
  return known;
}

/** ESLint lets the last block of a file win, and a file of a room has its room's rows and those of the folders above: one block a row set. */
function combined(rows) {
  return rows.map(([folder], at) => {
    const patterns = rows
      .filter(([other], n) => n <= at && (other === folder || covers(other, folder)))
      .map(([, group, message]) => ({ group, message, allowTypeImports: true }));
    return { files: [folder], rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns }] } };
  });
}

/** `provider/mcs/**` covers `provider/mcs/merge/**`. */
function covers(outer, inner) {
  return outer.endsWith("/**") && inner.startsWith(outer.slice(0, -2));
}

const pure = [
  { selector: ":function[async=true]", message: "pure files do not wait: return the value and let reconcile/ wait" },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: "pass `now` in" },
  { selector: "MemberExpression[object.name='Date'][property.name='now']", message: "pass `now` in" },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: "derive names, do not draw them",
  },
];

export default tseslint.config(
  { ignores: ["dist/**", "node_modules/**", "coverage/**", "**/node_modules/**"] },
  ...tseslint.configs.recommended,
  {
    files: ["**/*.ts"],
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", ignoreRestSiblings: true }],
      "@typescript-eslint/no-require-imports": "off",
      "max-params": ["error", 4],
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  // Programs of fixtures and benchmarks are plain JavaScript, as users write it.
  { files: ["**/*.js"], rules: { "@typescript-eslint/no-require-imports": "off" } },
  { files: ["tests/**"], rules: { "@typescript-eslint/no-unused-expressions": "off" } },
  {
    files: ["{common,provider,sdk,plugin}/**/*.ts"],
    plugins: { "import-x": importX, house: { rules: { "unique-base-name": uniqueBaseName } } },
    settings: {
      "import-x/parsers": { "@typescript-eslint/parser": [".ts"] },
      "import-x/resolver-next": [createTypeScriptImportResolver({ project: "tsconfig.json" })],
    },
    rules: { "import-x/no-cycle": "error", "house/unique-base-name": "error" },
  },
  ...combined(layers),
  {
    files: [
      "provider/mcs/**",
      "provider/reconcile/decide/**",
      "provider/reconcile/store/**",
      "provider/dns/corefile/**",
    ],
    rules: {
      "no-restricted-syntax": ["error", ...pure],
      "no-restricted-globals": ["error", "process", "console", "setTimeout", "fetch"],
    },
  },
);
