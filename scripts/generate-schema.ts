/**
 * The schema of the plugin, from the types that programs in TypeScript see and their doc comments: `npm run schema` writes plugin/schema.json. Where a class takes one of several
 * shapes, the schema has an argument for each (plugin/arguments.ts): generators of other languages know no such unions.
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { BY_LABELS, EVERY, SELECTORS } from "../plugin/arguments";
import { SET_NAME } from "../plugin/provider-config";
import { type Property, type Schema, tokenOf, TypeReader } from "./type-reader";

const root = path.join(__dirname, "..");
const SOURCES = ["sdk/**/*.ts", "provider/reconcile/intent.ts", "provider/mcs/api.ts"];

/** Kind → the class whose outputs, and the interface whose arguments it has. A membership is described by its provider. */
const KINDS: Readonly<Record<string, { readonly outputs: string; readonly args?: string }>> = {
  ClusterSetDNS: { outputs: "ClusterSetDNS", args: "ClusterSetDNSArgs" },
  ClusterSetMembership: { outputs: "Membership" },
  MultiClusterService: { outputs: "MultiClusterService", args: "MultiClusterServiceArgs" },
  ServiceExport: { outputs: "ServiceExport", args: "ServiceExportArgs" },
  ServiceImport: { outputs: "ServiceImport", args: "ServiceImportArgs" },
};
/** What only a program in TypeScript has. */
const OF_PROGRAMS = ["clusterSet", "plugin"];

export function generateSchema(): Schema {
  const files = globSync(SOURCES, { cwd: root }).sort();
  const reader = new TypeReader(files.map((file) => ({ path: file, text: read(file) })));
  const { name, version, description, license, homepage, repository, keywords } = JSON.parse(read("package.json")) as {
    readonly [key: string]: string;
  } & { readonly repository: { readonly url: string }; readonly keywords: readonly string[] };

  const set = ofPrograms(reader.propertiesOf("ClusterSetArgs"));
  const config = reader.properties(set);
  const clusters = { ...(config.properties.clusters as Schema), secret: true };
  const { name: setName, ...settings } = config.properties;
  const provider = { ...settings, [SET_NAME]: setName, clusters };
  const resources = Object.entries(KINDS).map(([kind, it]) => [tokenOf(kind), resource(reader, kind, it)] as const);
  const kubeconfigs = reader.types[tokenOf("Cluster")] as { readonly properties: Record<string, Schema> };
  kubeconfigs.properties.kubeconfig = { ...kubeconfigs.properties.kubeconfig, secret: true };
  return {
    name: "mcs",
    displayName: "Multi-Cluster Services",
    version,
    description,
    keywords: [
      "pulumi",
      "mcs",
      "category/network",
      "kind/native",
      ...keywords.filter((word) => word !== "pulumi" && word !== "mcs"),
    ],
    homepage,
    license,
    repository: repository.url.replace(/^git\+|\.git$/g, ""),
    attribution: `Generated from the types of the npm package ${name}.`,
    publisher: "pulumi-mcs",
    logoUrl: "https://raw.githubusercontent.com/pulumi-mcs/pulumi-mcs/main/docs/logo.svg",
    pluginDownloadURL: "github://api.github.com/pulumi-mcs/pulumi-mcs",
    config: { variables: {} },
    provider: {
      description: reader.descriptionOf("ClusterSet"),
      inputProperties: provider,
      requiredInputs: ["clusters"],
      aliases: [{ type: "pulumi:providers:pulumi-nodejs" }],
    },
    types: reader.types,
    resources: Object.fromEntries(resources),
    functions: functions(Object.fromEntries(resources)),
    language: {
      nodejs: { packageName: "pulumi-mcs-plugin", respectSchemaVersion: true },
      python: { packageName: "pulumi_mcs", respectSchemaVersion: true, pyproject: { enabled: true } },
      go: {
        importBasePath: "github.com/pulumi-mcs/pulumi-mcs/sdks/go/mcs",
        generateResourceContainerTypes: false,
        respectSchemaVersion: true,
      },
    },
  };
}

function resource(reader: TypeReader, kind: string, { outputs, args }: (typeof KINDS)[string]): Schema {
  const inputs =
    args === undefined ? { properties: {}, required: [] } : argumentsOf(reader, ofPrograms(reader.propertiesOf(args)));
  const shown = reader.properties(reader.propertiesOf(outputs));
  return {
    description: reader.descriptionOf(outputs),
    inputProperties: inputs.properties,
    requiredInputs: inputs.required,
    properties: { ...plainInputs(inputs.properties), ...shown.properties },
    required: shown.required,
    aliases: [{ type: `pulumi-nodejs:dynamic/mcs:${kind}` }],
  };
}

/** Outputs mirror the inputs; the twins by labels are resolved to members. */
function plainInputs(inputs: Schema): Schema {
  return Object.fromEntries(
    Object.entries(inputs).filter(([name]) => !name.endsWith(BY_LABELS) || name.startsWith("exported")),
  );
}

function argumentsOf(reader: TypeReader, given: readonly Property[]) {
  const isSelector = ({ name }: Property) => (SELECTORS as readonly string[]).includes(name);
  const special = (property: Property) => isSelector(property) || property.name === "await";
  const plain = reader.properties(given.filter((property) => !special(property)));
  const awaitArgs = reader.properties(reader.propertiesOf("AwaitArgs"));
  const entries = given.flatMap((property): [string, Schema][] => {
    const { name, description } = property;
    if (isSelector(property)) {
      const text = description.replace('Default: "all".', "");
      return [
        [
          name,
          {
            type: "array",
            items: { type: "string" },
            description: `${text} Cluster ids, or ["${EVERY}"] for every member of the clusterset.`.trim(),
          },
        ],
        [
          name + BY_LABELS,
          {
            type: "object",
            additionalProperties: { type: "string" },
            description: `In place of ${name}: the members that carry all of these labels.`,
          },
        ],
      ];
    }
    if (name === "await") {
      reader.types[tokenOf("Await")] ??= {
        type: "object",
        description: reader.descriptionOf("Await"),
        properties: {
          enabled: { type: "boolean", description: "False: an update ends with the writes. Default: true." },
          ...awaitArgs.properties,
        },
      };
      return [[name, { $ref: `#/types/${tokenOf("Await")}`, description }]];
    }
    return [[name, plain.properties[name] as Schema]];
  });
  return { properties: Object.fromEntries(entries) as Schema, required: plain.required };
}

function functions(resources: Readonly<Record<string, Schema>>): Schema {
  const text = (description: string) => ({ type: "string", description });
  const key = {
    cluster: text("Id of the member."),
    namespace: text("Namespace of the service."),
    name: text("Name of the service."),
  };
  const look = (kind: string, what: string) => {
    const { properties } = resources[tokenOf(kind)] as { readonly properties: Readonly<Record<string, Schema>> };
    const own = resources[tokenOf(kind)]!.required as readonly string[];
    const shown = Object.fromEntries(own.filter((name) => !(name in key)).map((name) => [name, properties[name]!]));
    const all = { ...key, ...shown };
    return {
      description: `${what} Nothing is written; fails where there is none.`,
      inputs: { type: "object", properties: key, required: Object.keys(key) },
      outputs: { type: "object", properties: all, required: Object.keys(all) },
    };
  };
  const list = (description: string) => ({ type: "array", items: { type: "string" }, description });
  const { properties } = resources[tokenOf("ClusterSetMembership")] as {
    readonly properties: Readonly<Record<string, Schema>>;
  };
  const set = {
    name: text("Name of the clusterset."),
    members: properties.members!,
    problems: list("Why nothing could be written now; empty when all is well."),
    warnings: list("What could not be found out."),
  };
  return {
    [tokenOf("getClusterSet")]: {
      description: "The members of the provider's clusterset, and what its preflight finds. Nothing is written.",
      inputs: { type: "object", properties: {} },
      outputs: { type: "object", properties: set, required: Object.keys(set) },
    },
    [tokenOf("getServiceExport")]: look("ServiceExport", "A member's export, whoever made it."),
    [tokenOf("getServiceImport")]: look(
      "ServiceImport",
      "A member's import and its derived Service, whoever made them.",
    ),
  };
}

function ofPrograms(all: readonly Property[]): readonly Property[] {
  return all.filter(({ name }) => !OF_PROGRAMS.includes(name));
}

function read(file: string): string {
  return readFileSync(path.join(root, file), "utf8");
}

if (require.main === module) {
  writeFileSync(path.join(root, "plugin/schema.json"), `${JSON.stringify(generateSchema(), null, 2)}\n`);
}
