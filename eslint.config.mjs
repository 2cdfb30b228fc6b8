import tseslint from "typescript-eslint";

/** Folder, the imports it may not use at run time, and why. Types may always cross: they are erased. */
const layers = [
  [
    "provider/mcs/**",
    ["../*", "@*/**", "node:*", "!node:crypto"],
    "mcs/ is the KEP as pure functions: give it values, not services",
  ],
  [
    "provider/reconcile/**",
    ["../kube/*", "../resources/*", "../cli/*", "@*/**", "node:*", "undici"],
    "reconcile/ reaches clusters only through its own port, member.ts",
  ],
  [
    "provider/kube/**",
    ["../resources/*", "../cli/*", "@pulumi/**"],
    "kube/ implements the port and knows nothing of Pulumi or of the command line",
  ],
  [
    "provider/resources/**",
    ["../cli/*", "@kubernetes/**", "@pulumi/pulumi", "undici"],
    "handlers must not load the Pulumi SDK or the Kubernetes client when they are required",
  ],
  ["provider/cli/**", ["../resources/*", "@pulumi/**"], "the command line runs where there is no Pulumi"],
  [
    "sdk/**",
    ["**/provider/**"],
    "the program and the plugin are two processes: meet by name in sdk/door.ts, never by import",
  ],
];

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
  ...layers.map(([folder, group, message]) => ({
    files: [folder],
    rules: {
      "@typescript-eslint/no-restricted-imports": ["error", { patterns: [{ group, message, allowTypeImports: true }] }],
    },
  })),
  {
    files: ["provider/mcs/**", "provider/reconcile/plan.ts"],
    rules: {
      "no-restricted-syntax": ["error", ...pure],
      "no-restricted-globals": ["error", "process", "console", "setTimeout", "fetch"],
    },
  },
);
