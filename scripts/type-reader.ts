/** Our exported types and their doc comments → the types of a Pulumi schema. By the text of the sources alone; fails on whatever it does not know. */
import ts from "typescript";

export type Schema = Readonly<Record<string, unknown>>;
type Declaration = ts.InterfaceDeclaration | ts.TypeAliasDeclaration | ts.ClassDeclaration;

/** One property, as it stands in an interface or class. */
export interface Property {
  readonly name: string;
  readonly optional: boolean;
  readonly description: string;
  readonly type: ts.TypeNode;
}

/** Types written out where they are used, by the property that has them: a schema wants a name for each. */
const NAMES: Readonly<Record<string, string>> = {
  conflicts: "PropertyConflict",
  endpoints: "EndpointCounts",
  crds: "CrdPolicy",
  refresh: "RefreshPolicy",
  role: "MemberRole",
  ways: "DnsWay",
  verify: "Verify",
};
const PLAIN: Readonly<Record<string, string>> = { string: "string", boolean: "boolean", number: "integer" };
/** What stands around a type and says nothing that a schema could say. */
const WRAPPERS = ["Input", "Output", "Readonly"];

export class TypeReader {
  /** Token → type, as they were needed. */
  readonly types: Record<string, Schema> = {};
  private readonly declarations = new Map<string, Declaration>();

  constructor(sources: readonly { readonly path: string; readonly text: string }[]) {
    for (const { path, text } of sources) {
      const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
      file.forEachChild((node) => {
        const named = ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isClassDeclaration(node);
        if (named && node.name && isExported(node)) this.declarations.set(node.name.text, node);
      });
    }
  }

  /** Of an interface, or those of a class that are outputs. */
  propertiesOf(name: string): readonly Property[] {
    const found = this.declared(name);
    if (ts.isTypeAliasDeclaration(found)) throw new Error(`${name} is no interface and no class`);
    return found.members.flatMap((member: ts.TypeElement | ts.ClassElement): Property[] => {
      if (!(ts.isPropertySignature(member) || ts.isPropertyDeclaration(member)) || !member.type) return [];
      const hidden = ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Static);
      if (hidden) return [];
      const { name: own, type, questionToken } = member;
      return [
        {
          name: own.getText(),
          optional: questionToken !== undefined,
          description: commentOf(member),
          type,
        },
      ];
    });
  }

  descriptionOf(name: string): string {
    return commentOf(this.declared(name));
  }

  /** @param of name of the property that has the type */
  schemaOf(node: ts.TypeNode, of: string): Schema {
    if (ts.isParenthesizedTypeNode(node)) return this.schemaOf(node.type, of);
    if (ts.isTypeOperatorNode(node)) return this.schemaOf(node.type, of);
    const plain = PLAIN[node.getText()];
    if (plain !== undefined) return { type: plain };
    if (ts.isArrayTypeNode(node)) return { type: "array", items: this.schemaOf(node.elementType, of) };
    if (ts.isTypeLiteralNode(node)) return this.object(nameFor(of), node.members, "");
    // `boolean | { … }`: an object says true, an empty one without anything more.
    const object = ts.isUnionTypeNode(node) ? node.types.find(ts.isTypeLiteralNode) : undefined;
    if (object) return this.object(nameFor(of), object.members, "");
    if (ts.isUnionTypeNode(node)) return this.enumeration(nameFor(of), node, "");
    if (ts.isIndexedAccessTypeNode(node)) {
      const owner = node.objectType.getText();
      const key = node.indexType.getText().replaceAll('"', "");
      const property = this.propertiesOf(owner).find(({ name }) => name === key);
      if (!property) throw new Error(`${owner} has no property ${key}`);
      return this.schemaOf(property.type, key);
    }
    if (ts.isTypeReferenceNode(node)) return this.reference(node, of);
    throw new Error(`${of}: the schema knows no such type: ${node.getText()}`);
  }

  /** A named type of the schema from properties, in the order in which they stand. */
  properties(all: readonly Property[]): { readonly properties: Schema; readonly required: readonly string[] } {
    const entries = all.map(({ name, description, type }) => [name, { ...this.schemaOf(type, name), description }]);
    return {
      properties: Object.fromEntries(entries) as Schema,
      required: all.filter(({ optional }) => !optional).map(({ name }) => name),
    };
  }

  private reference(node: ts.TypeReferenceNode, of: string): Schema {
    const name = node.typeName.getText().split(".").at(-1)!;
    const [first, second] = node.typeArguments ?? [];
    if (WRAPPERS.includes(name) && first) return this.schemaOf(first, of);
    if (name === "Record" && second) return { type: "object", additionalProperties: this.schemaOf(second, of) };
    const found = this.declared(name);
    if (ts.isTypeAliasDeclaration(found)) {
      return ts.isUnionTypeNode(found.type)
        ? this.enumeration(name, found.type, commentOf(found))
        : this.schemaOf(found.type, of);
    }
    return this.object(name.replace(/(?<=.)(Args|View)$/, ""), found.members, commentOf(found));
  }

  private object(name: string, members: ts.NodeArray<ts.TypeElement | ts.ClassElement>, description: string): Schema {
    const token = tokenOf(name);
    if (!(token in this.types)) {
      const all = members.flatMap((member): Property[] =>
        ts.isPropertySignature(member) && member.type
          ? [
              {
                name: member.name.getText(),
                optional: member.questionToken !== undefined,
                description: commentOf(member),
                type: member.type,
              },
            ]
          : [],
      );
      this.types[token] = { type: "object", ...(description && { description }), ...this.properties(all) };
    }
    return { $ref: `#/types/${token}` };
  }

  private enumeration(name: string, node: ts.UnionTypeNode, description: string): Schema {
    const words = node.types.map((type) => {
      if (ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal)) return type.literal.text;
      throw new Error(`${name}: generators of other languages stumble over unions such as ${node.getText()}`);
    });
    const token = tokenOf(name);
    this.types[token] ??= {
      type: "string",
      ...(description && { description }),
      enum: words.map((value) => ({ value, name: capital(value) })),
    };
    return { $ref: `#/types/${token}` };
  }

  private declared(name: string): Declaration {
    const found = this.declarations.get(name);
    if (!found) throw new Error(`${name} is not exported by the sources that the schema is made from`);
    return found;
  }
}

export function tokenOf(name: string): string {
  return `mcs:index:${name}`;
}

function nameFor(property: string): string {
  const name = NAMES[property];
  if (name === undefined)
    throw new Error(`the type of ${property} is written out in place and has no name in scripts/type-reader.ts`);
  return name;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function isExported(node: Declaration): boolean {
  return (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Export) !== 0;
}

/** Its text as one paragraph, with its default. */
function commentOf(node: ts.Node): string {
  const parts = ts.getJSDocCommentsAndTags(node).flatMap((doc) => {
    if (!ts.isJSDoc(doc)) return [];
    const fallback = doc.tags?.find(({ tagName }) => tagName.text === "default");
    const text = ts.getTextOfJSDocComment(doc.comment) ?? "";
    const told = fallback ? `Default: ${(ts.getTextOfJSDocComment(fallback.comment) ?? "").trim()}.` : "";
    return [text, told];
  });
  return parts.join(" ").replaceAll(/\s+/g, " ").trim();
}
